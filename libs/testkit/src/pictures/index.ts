export * from './odd-pictures.js';
export { seededRandom } from './seeded-random.js';
export * from './test-picture.js';
