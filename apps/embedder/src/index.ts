export { EmbedderModule } from './embedder.module.js';
export { followGenerations } from './follow-generations.js';
