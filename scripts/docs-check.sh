#!/usr/bin/env bash
# Are the generated documents those of the code? Prints what differs.
set -euo pipefail
cd "$(dirname "$0")/.."
npm run --silent build
node scripts/error-docs.mjs --check
node dist/main.js openapi | diff -u openapi.json - || { echo 'openapi.json is out of date: npm run docs'; exit 1; }
node dist/main.js config schema | diff -u config/message-center.schema.json - || { echo 'the JSON Schema is out of date: npm run docs'; exit 1; }
