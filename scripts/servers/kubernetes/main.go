// Builds a kustomization and decodes every object of it with Kubernetes' own types, strictly: an unknown field or a wrong type is an error.
package main

import (
	"fmt"
	"os"

	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/client-go/kubernetes/scheme"
	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"
)

func main() {
	resources, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(filesys.MakeFsOnDisk(), os.Args[1])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	decoder := serializer.NewCodecFactory(scheme.Scheme, serializer.EnableStrict).UniversalDeserializer()
	failed := false
	for _, resource := range resources.Resources() {
		yaml, err := resource.AsYAML()
		if err == nil {
			_, _, err = decoder.Decode(yaml, nil, nil)
		}
		name := resource.GetKind() + "/" + resource.GetName()
		if err != nil {
			failed = true
			fmt.Fprintf(os.Stderr, "%s: %v\n", name, err)
			continue
		}
		fmt.Println(name)
	}
	if failed {
		os.Exit(1)
	}
}
