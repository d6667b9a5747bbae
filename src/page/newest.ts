/**
 * The newest records, bounded in number and in characters.
 */
export interface Kept {
  readonly line: string;
  readonly rank: number;
  readonly isAudit: boolean;
}

export class Newest {
  readonly #most: number;
  readonly #mostCharacters: number;
  readonly #kept: Kept[] = [];
  #from = 0;
  #characters = 0;

  constructor(most: number, mostCharacters: number) {
    this.#most = most;
    this.#mostCharacters = mostCharacters;
  }

  add(kept: Kept): void {
    this.#kept.push(kept);
    this.#characters += kept.line.length;
    while (this.#kept.length - this.#from > this.#most || this.#characters > this.#mostCharacters)
      this.#characters -= this.#kept[this.#from++].line.length;
    // Cut now and then, because each cut moves what is left.
    if (this.#from < this.#most) return;
    this.#kept.splice(0, this.#from);
    this.#from = 0;
  }

  *[Symbol.iterator](): Iterator<Kept> {
    for (let i = this.#from; i < this.#kept.length; i++) yield this.#kept[i];
  }
}
