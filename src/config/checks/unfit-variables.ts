/**
 * Variables that fail a check of several settings together, whatever check that is: the configuration is checked without each of them, and the one without which
 * there are fewer problems is withdrawn. So a check need not know where its values came from.
 */
import type { ConfigIssue } from '../../errors.ts';
import { type SettingPath, type SettingVariable, VARIABLES } from '../settings.ts';
import { enabledBeside } from '../sources/environment.ts';
import type { Sources } from '../sources/sources.ts';

/**
 * Takes variables that do not fit out of the environment's layer. `found`: problems of all settings together; `issuesOf`: the same when variables were taken out.
 * Returns the warnings.
 */
export function withdrawUnfit(sources: Sources, found: readonly ConfigIssue[], issuesOf: () => readonly ConfigIssue[]): string[] {
  const warnings: string[] = [];
  for (let issues = found; issues.length > 0; ) {
    const variable = firstUnfit(sources, issues, issuesOf);
    if (variable === undefined) break;
    withdraw(sources, variable);
    const left = issuesOf();
    const { path, value, expected } = issues.find((issue) => !left.some((other) => other.path === issue.path)) ?? issues[0]!;
    warnings.push(`${variable.name} is ignored: with it, ${path} is ${value}, expected ${expected}.`);
    issues = left;
  }
  return warnings;
}

/** The variable without which fewer problems are left; of several, the one whose own setting has the problem. */
function firstUnfit(
  sources: Sources,
  issues: readonly ConfigIssue[],
  issuesOf: () => readonly ConfigIssue[],
): SettingVariable | undefined {
  const isNamed = ({ path }: SettingVariable) => issues.some((issue) => issue.path === path);
  const given = VARIABLES.filter((variable) => valuesOf(sources, variable).has(variable.path)).sort(
    (left, right) => Number(isNamed(right)) - Number(isNamed(left)),
  );
  return given.find((variable) => {
    const putBack = withdraw(sources, variable);
    const isUnfit = issuesOf().length < issues.length;
    putBack();
    return isUnfit;
  });
}

function valuesOf({ variables }: Sources, { signal }: SettingVariable): Map<SettingPath, unknown> {
  return signal === undefined ? variables.values : variables.signals[signal];
}

/** Returns what puts it back. */
function withdraw(sources: Sources, variable: SettingVariable): () => void {
  const values = valuesOf(sources, variable);
  const paths = variable.starts === true ? [variable.path, enabledBeside(variable.path)] : [variable.path];
  const before = paths.map((path) => [path, values.get(path)] as const);
  for (const path of paths) values.delete(path);
  return () => {
    for (const [path, value] of before) if (value !== undefined) values.set(path, value);
  };
}
