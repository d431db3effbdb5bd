import type { SearchResult } from '#search';
import { thumbnailPath } from '../image-answer.js';

/** An answer as JSON has it: vectors as numbers, and where thumbnails are. */
export function searchAnswer(result: SearchResult, withAttributes: boolean) {
  return {
    ...result,
    results: result.results.map(({ attributes, vectors, ...found }) => ({
      ...found,
      ...(withAttributes && { attributes }),
      thumbnail: thumbnailPath(found.imageId),
      ...(vectors && {
        vectors: Object.fromEntries(Object.entries(vectors).map(([name, it]) => [name, Array.from(it)])),
      }),
    })),
  };
}

export type SearchAnswer = ReturnType<typeof searchAnswer>;
