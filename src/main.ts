#!/usr/bin/env node
import 'reflect-metadata';

// Stack traces name the files of src, by the maps that lie beside these; only for what is loaded from here on.
process.setSourceMapsEnabled(true);
const { runCli } = await import('./cli/cli.js');
await runCli(process.argv);
