export { EmbedderModule } from './embedder.module.js';
export { stageSubscriptions } from './stages.js';
