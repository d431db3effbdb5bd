#!/usr/bin/env node
import { runMain } from '#bootstrap';
import { startQuery } from './start.js';

runMain(startQuery);
