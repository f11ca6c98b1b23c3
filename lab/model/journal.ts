/** Everything written since the beginning of an action, so that a refused action leaves nothing behind. */
export class Journal {
  readonly #undo: (() => void)[] = [];
  #version = 0;

  /** Where the journal stands, to return to. */
  get position(): number {
    return this.#undo.length;
  }

  /** Changes with every write, and with every one that is taken back. */
  get version(): number {
    return this.#version;
  }

  note(undo: () => void): void {
    this.#version += 1;
    this.#undo.push(undo);
  }

  /** Takes back everything written since. */
  rollBack(position: number): void {
    this.#version += 1;
    while (this.#undo.length > position) this.#undo.pop()?.();
  }

  /** Nothing written so far can be taken back any more. */
  settle(): void {
    this.#undo.length = 0;
  }
}

/** Records by key. A record is never changed, only replaced; a key without one has the blank record. */
export class Table<K extends string | number, V> {
  readonly #journal: Journal;
  readonly #blank: V;
  #records: Map<K, V>;

  constructor(journal: Journal, blank: V, records = new Map<K, V>()) {
    this.#journal = journal;
    this.#blank = blank;
    this.#records = records;
  }

  get(key: K): V {
    return this.#records.get(key) ?? this.#blank;
  }

  set(key: K, record: V): void {
    const before = this.#records.get(key);
    this.#journal.note(() => {
      if (before === undefined) this.#records.delete(key);
      else this.#records.set(key, before);
    });
    this.#records.set(key, record);
  }

  /** Replaces some of a record's members. */
  change(key: K, members: Partial<V>): void {
    this.set(key, { ...this.get(key), ...members });
  }

  /** Everything that was ever written. */
  entries(): IterableIterator<[K, V]> {
    return this.#records.entries();
  }

  /** The same records, to be changed apart. */
  copy(journal: Journal): Table<K, V> {
    return new Table(journal, this.#blank, new Map(this.#records));
  }
}

/** One value that is replaced, never changed. */
export class Cell<V> {
  readonly #journal: Journal;
  #value: V;

  constructor(journal: Journal, value: V) {
    this.#journal = journal;
    this.#value = value;
  }

  get value(): V {
    return this.#value;
  }

  set value(value: V) {
    const before = this.#value;
    this.#journal.note(() => (this.#value = before));
    this.#value = value;
  }

  copy(journal: Journal): Cell<V> {
    return new Cell(journal, this.#value);
  }
}
