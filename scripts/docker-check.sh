#!/usr/bin/env bash
# What can be checked of docker/ without a container engine: the Dockerfile's steps in empty folders, the tree that
# comes out of it running with a read-only root as its user, and the promises of compose.yaml and the manifests.
# KEEP=1 leaves the trees and prints where they are.
set -euo pipefail
cd "$(dirname "$0")/.."

# Outside /tmp: the tree runs with an empty /tmp of its own.
work=$(mktemp -d -p /var/tmp message-center-docker-XXXXXX)
[ -n "${KEEP:-}" ] && echo "trees: $work" || trap 'rm -rf "$work"' EXIT
chmod 755 "$work"

echo "== an empty copy of the repository: what is committed, or would be"
mkdir "$work/repository"
git ls-files -z --cached --others --exclude-standard | while IFS= read -r -d '' file; do
  if [ -e "$file" ]; then printf '%s\0' "$file"; fi
done | tar --null --no-recursion -T - -cf - | tar -xf - -C "$work/repository"

node scripts/docker-check/build.mjs "$work/repository" "$work/stages"
node scripts/docker-check/run.mjs "$work/repository" "$work/stages"
node scripts/docker-check/manifests.mjs "$work/stages"
if command -v kubectl >/dev/null; then
  kubectl kustomize docker/kubernetes >/dev/null
  echo 'ok  kubectl kustomize renders the manifests'
fi
echo '== docker/ passed. Not checked: the base images, and anything inside a real container or cluster.'
