export { CopyFinder, type CopyFinderOptions } from './copy-finder.js';
export { DuplicateGroups, type DuplicateGroupsOptions, type KnownDuplicates } from './duplicate-groups.js';
export {
  type DecisionRow,
  GROUP_ORDERS,
  type GroupFile,
  type GroupOrder,
  type GroupRow,
  type GroupTotals,
  type MemberRow,
} from './group-file.js';
export { type DuplicateGroup, GROUP_LIMITS, type GroupPage, type GroupQuery, groupPage } from './group-page.js';
