export { QueryModule } from './query.module.js';
export { Searches } from './search/searches.js';
