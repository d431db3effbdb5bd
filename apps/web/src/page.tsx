import { render } from 'preact';
import { App } from './app.js';
import { follow, run } from './search-state.js';

addEventListener('popstate', follow);
follow();
const root = document.getElementById('page');
if (root !== null) render(<App onKey={run} />, root);
