/** The variable with the folder that threads and child processes of the tests write their coverage to. */
export const CHILDREN_VARIABLE = 'HFT_COVERAGE_OF_CHILDREN';

/** Where vitest writes what the tests' own threads ran. */
export const UNIT_FOLDER = 'coverage/unit';
