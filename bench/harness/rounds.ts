/**
 * Contenders in turn, round after round, in one process: what disturbs the machine meets all of them.
 */

/** One round of a contender; answers its figure. */
export type Round = () => number | Promise<number>;

/** Samples of each contender, after `warmUps` rounds that do not count. */
export async function alternate<Name extends string>(
  contenders: Readonly<Record<Name, Round>>,
  { rounds, warmUps }: { readonly rounds: number; readonly warmUps: number },
): Promise<Record<Name, number[]>> {
  const names = Object.keys(contenders) as Name[];
  const samples = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<Name, number[]>;
  for (let round = 0; round < warmUps + rounds; round++) {
    for (const name of names) {
      const value = await contenders[name]();
      if (round >= warmUps) samples[name].push(value);
    }
  }
  return samples;
}
