#!/bin/sh
# Makes what agents and gateway need to trust each other, for a first run: a certificate authority of its own, the gateway's
# certificate and key signed by it, and a random token. A site with its own authority puts its files there instead.
#
#   sh make-secrets.sh <folder> [name or address of the gateway …]      default names: localhost gateway 127.0.0.1
#
# Files that are there are kept. The authority's key is thrown away: to renew, delete the folder's files and run it again.
set -eu
folder=${1:?usage: make-secrets.sh <folder> [name …]}
shift
[ $# -gt 0 ] || set -- localhost gateway 127.0.0.1
command -v openssl > /dev/null || { echo 'make-secrets.sh: openssl is missing (Debian: apt-get install openssl)' >&2; exit 1; }

umask 027
mkdir -p "$folder"
cd "$folder"

[ -s token ] || openssl rand -hex 32 > token

if [ ! -s gateway.crt ]; then
  names=
  for name in "$@"; do
    case $name in
      *[!0-9.]*) names="$names,DNS:$name" ;;
      *) names="$names,IP:$name" ;;
    esac
  done
  curve='-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes'
  openssl req -x509 $curve -days 365 -subj '/CN=hft-otel first run' -keyout ca.key -out ca.crt 2> /dev/null
  openssl req $curve -subj '/CN=hft-otel gateway' -addext "subjectAltName=${names#,}" -keyout gateway.key -out gateway.csr 2> /dev/null
  openssl x509 -req -in gateway.csr -CA ca.crt -CAkey ca.key -CAcreateserial -copy_extensions copy -days 365 -out gateway.crt 2> /dev/null
  rm -f ca.key ca.srl gateway.csr
fi
echo "$folder: ca.crt gateway.crt gateway.key token"
