// What Go's transparency-log packages say of our notes, roots and proofs, and theirs for ours to check.
// Reads requests as lines of JSON from standard input and answers each with a line.
package main

import (
	"bufio"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"

	"github.com/transparency-dev/merkle/proof"
	"github.com/transparency-dev/merkle/rfc6962"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

type request struct {
	Op     string   `json:"op"`
	Note   string   `json:"note"`
	Vkey   string   `json:"vkey"`
	Leaves []string `json:"leaves"`
	Proof  []string `json:"proof"`
	Index  int64    `json:"index"`
	Before int64    `json:"before"`
	Size   int64    `json:"size"`
	Leaf   string   `json:"leaf"`
	Root   string   `json:"root"`
	Old    string   `json:"old"`
}

type answer struct {
	Ok    bool     `json:"ok"`
	Error string   `json:"error,omitempty"`
	Note  string   `json:"note,omitempty"`
	Vkey  string   `json:"vkey,omitempty"`
	Root  string   `json:"root,omitempty"`
	Proof []string `json:"proof,omitempty"`
}

func main() {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 64<<20)
	out := json.NewEncoder(os.Stdout)
	for lines.Scan() {
		var r request
		if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
			out.Encode(answer{Error: err.Error()})
			continue
		}
		a, err := run(r)
		if err != nil {
			a = answer{Error: err.Error()}
		}
		out.Encode(a)
	}
}

func run(r request) (answer, error) {
	switch r.Op {
	case "open":
		v, err := note.NewVerifier(r.Vkey)
		if err != nil {
			return answer{}, err
		}
		_, err = note.Open([]byte(r.Note), note.VerifierList(v))
		return answer{Ok: err == nil}, err
	case "sign":
		skey, vkey, err := note.GenerateKey(rand.Reader, "their/key")
		if err != nil {
			return answer{}, err
		}
		s, err := note.NewSigner(skey)
		if err != nil {
			return answer{}, err
		}
		signed, err := note.Sign(&note.Note{Text: r.Note}, s)
		return answer{Ok: err == nil, Note: string(signed), Vkey: vkey}, err
	case "tree":
		hashes, err := store(r.Leaves)
		if err != nil {
			return answer{}, err
		}
		root, err := tlog.TreeHash(int64(len(r.Leaves)), hashes)
		return answer{Ok: err == nil, Root: hex.EncodeToString(root[:])}, err
	case "prove record":
		hashes, err := store(r.Leaves)
		if err != nil {
			return answer{}, err
		}
		p, err := tlog.ProveRecord(int64(len(r.Leaves)), r.Index, hashes)
		return answer{Ok: err == nil, Proof: texts(p)}, err
	case "prove tree":
		hashes, err := store(r.Leaves)
		if err != nil {
			return answer{}, err
		}
		p, err := tlog.ProveTree(int64(len(r.Leaves)), r.Before, hashes)
		return answer{Ok: err == nil, Proof: texts(p)}, err
	case "check record":
		if err := tlog.CheckRecord(list(r.Proof), r.Size, one(r.Root), r.Index, one(r.Leaf)); err != nil {
			return answer{}, fmt.Errorf("tlog: %w", err)
		}
		err := proof.VerifyInclusion(rfc6962.DefaultHasher, uint64(r.Index), uint64(r.Size), bytes(r.Leaf), byteses(r.Proof), bytes(r.Root))
		return answer{Ok: err == nil}, err
	case "check tree":
		if err := tlog.CheckTree(list(r.Proof), r.Size, one(r.Root), r.Before, one(r.Old)); err != nil {
			return answer{}, fmt.Errorf("tlog: %w", err)
		}
		err := proof.VerifyConsistency(rfc6962.DefaultHasher, uint64(r.Before), uint64(r.Size), byteses(r.Proof), bytes(r.Old), bytes(r.Root))
		return answer{Ok: err == nil}, err
	}
	return answer{}, fmt.Errorf("unknown request %q", r.Op)
}

func store(leaves []string) (tlog.HashReaderFunc, error) {
	var stored []tlog.Hash
	reader := tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		var found []tlog.Hash
		for _, i := range indexes {
			found = append(found, stored[i])
		}
		return found, nil
	})
	for i, leaf := range leaves {
		hashes, err := tlog.StoredHashes(int64(i), bytes(leaf), reader)
		if err != nil {
			return nil, err
		}
		stored = append(stored, hashes...)
	}
	return reader, nil
}

func bytes(text string) []byte {
	b, _ := hex.DecodeString(text)
	return b
}

func byteses(texts []string) (all [][]byte) {
	for _, text := range texts {
		all = append(all, bytes(text))
	}
	return all
}

func one(text string) (h tlog.Hash) {
	copy(h[:], bytes(text))
	return h
}

func list(texts []string) (all []tlog.Hash) {
	for _, text := range texts {
		all = append(all, one(text))
	}
	return all
}

func texts(hashes []tlog.Hash) (all []string) {
	for _, h := range hashes {
		all = append(all, hex.EncodeToString(h[:]))
	}
	return all
}
