/** The stages that an embedder may run. */
export const ROLES = ['embed', 'index', 'duplicates'] as const;
export type Role = (typeof ROLES)[number];
