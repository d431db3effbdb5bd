#!/usr/bin/env node
import { runMain } from '#bootstrap';
import { startEmbedder } from './start.js';

runMain(startEmbedder);
