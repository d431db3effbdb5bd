#!/usr/bin/env node
import { runProgram } from './program.js';
import { exitWritten } from './terminal/exit-written.js';

// A reader such as `head` may leave early; that is no error of ours.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));

void runProgram(process.argv.slice(2)).then(exitWritten);
