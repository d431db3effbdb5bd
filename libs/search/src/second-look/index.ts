export { type Alignment, NO_ALIGNMENT, SecondLook } from './second-look.js';
export { TURNS, type Turn } from './turns.js';
