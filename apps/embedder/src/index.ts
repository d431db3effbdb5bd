export { EmbedderModule } from './embedder.module.js';
export { createStages } from './stages.js';
