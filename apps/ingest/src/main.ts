#!/usr/bin/env node
import { runMain } from '#bootstrap';
import { startIngest } from './start.js';

runMain(startIngest);
