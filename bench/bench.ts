/**
 * What a file `bench/<name>.bench.ts` exports as `bench`. It measures the alternatives in one run, interleaved, so that a busy machine slows all
 * of them alike; its figures are ratios. Nothing here is asserted in a test.
 */
export interface Bench {
  readonly title: string
  /** Measures; each table has one baseline, against which its other rows are given as ratios. */
  run(): Promise<readonly Table[]>
}

/** What was measured together. */
export interface Table {
  readonly title: string
  /** What was aimed at, in words: it is printed below the table. */
  readonly goal?: string
  /** Name of the row that the others are compared with; without it no ratios are printed. */
  readonly baseline?: string
  readonly rows: readonly Row[]
  /** What a reader has to know: a tool that is missing, or what the figures leave out. */
  readonly notes?: readonly string[]
}

/** One thing that was measured. */
export interface Row {
  readonly name: string
  readonly unit: 'ms' | 'µs' | 'MB' | 'bytes' | 'count'
  /** Every single measurement. */
  readonly samples: readonly number[]
}

/** What is measured. Where `run` gives (a promise of) a number, that is the figure; else it is timed from outside, in ms. */
export interface Case {
  readonly name: string
  /** Prepares each run; its time is not counted. */
  prepare?(): void
  run(): unknown
}

/**
 * Measures cases round by round (a b c, a b c, …), each round beginning with another one. The first case is measured twice a round: the row
 * "(again)" compares it with itself, and is the noise of every ratio in the table.
 */
export async function interleave(
  cases: readonly Case[],
  { rounds, warmups = 1, unit = 'ms' }: { rounds: number; warmups?: number; unit?: Row['unit'] },
): Promise<readonly Row[]> {
  const [first] = cases
  const all = first === undefined ? [] : [first, { ...first, name: `${first.name} (again)` }, ...cases.slice(1)]
  const samples = new Map(all.map(({ name }) => [name, [] as number[]]))
  for (let round = -warmups; round < rounds; round += 1) {
    const turn = Math.max(0, round) % all.length
    for (const each of [...all.slice(turn), ...all.slice(0, turn)]) {
      each.prepare?.()
      const before = performance.now()
      const figure = await each.run()
      const sample = typeof figure === 'number' ? figure : performance.now() - before
      if (round >= 0) samples.get(each.name)?.push(sample)
    }
  }
  return all.map(({ name }) => ({ name, unit, samples: samples.get(name) ?? [] }))
}

/** The value below which a share of the samples lies: `quantile(samples, 0.5)` is the median. */
export function quantile(samples: readonly number[], share: number): number {
  const sorted = samples.toSorted((one, other) => one - other)
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN
}
