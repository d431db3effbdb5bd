#!/usr/bin/env node
import { runProgram } from './program.js';
import { exitWritten } from './terminal/exit-written.js';

// A reader such as `head` may leave early; that is no error of ours, and does not hide one.
process.stdout.on('error', ({ code }: NodeJS.ErrnoException) => process.exit(code === 'EPIPE' ? process.exitCode : 1));

void runProgram(process.argv.slice(2)).then(exitWritten);
