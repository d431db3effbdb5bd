#!/usr/bin/env node
import { runMain } from '#bootstrap';
import { startStandalone } from './standalone.js';

runMain(startStandalone);
