/**
 * A cache of *plans*: data that an encoder derives once from definitions, for a shape, scope and level, and uses for every frame of that kind. Finding it is
 * part of every record's cost, hence the table in front of the map: one index, two comparisons.
 */
import { KIND_BITS, kindIn } from '../codec/head-word.ts';

/** Plans found without the map. Programs have some hundred places that log; more kinds than this only cost a map look-up. */
const TABLE_SIZE = 1024;

/** Plans kept; when there are more, all are forgotten and made anew as they are met, so that memory stays bounded (some 2 KB each). */
const MAX_PLANS = 16_384;

/** The kind of frame that a plan was made for. */
export interface PlanKey {
  /** Head word of a frame, reduced to scope and level. */
  readonly kindBits: number;
  readonly shapeId: number;
}

export class PlanCache<Plan extends PlanKey> {
  readonly #make: (kindBits: number, shapeId: number) => Plan;
  readonly #table: (Plan | undefined)[] = new Array(TABLE_SIZE).fill(undefined);
  readonly #plans = new Map<number, Plan>();

  constructor(make: (kindBits: number, shapeId: number) => Plan) {
    this.#make = make;
  }

  /** The plan for frames with this head word and shape id. */
  find(head: number, shapeId: number): Plan {
    const kindBits = head & KIND_BITS;
    const index = (shapeId ^ (kindBits >>> 11) ^ (kindBits >>> 19)) & (TABLE_SIZE - 1);
    const plan = this.#table[index];
    if (plan !== undefined && plan.kindBits === kindBits && plan.shapeId === shapeId) return plan;
    return this.#findOrMake(kindBits, shapeId, index);
  }

  clear(): void {
    this.#table.fill(undefined);
    this.#plans.clear();
  }

  #findOrMake(kindBits: number, shapeId: number, index: number): Plan {
    const key = shapeId * 2 ** 20 + kindIn(kindBits);
    let plan = this.#plans.get(key);
    if (plan === undefined) {
      if (this.#plans.size >= MAX_PLANS) this.clear();
      plan = this.#make(kindBits, shapeId);
      this.#plans.set(key, plan);
    }
    this.#table[index] = plan;
    return plan;
  }
}
