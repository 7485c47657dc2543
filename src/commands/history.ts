import { EXIT } from '../runner/exit-code.ts'
import { type HistoryEntry, readHistory } from '../runner/generations/history.ts'
import { printError } from '../runner/printing/print-error.ts'
import { duration } from '../runner/printing/status-text.ts'

export interface HistoryOptions {
  readonly json?: boolean
  readonly diff?: boolean
}

/** Prints the stored generations, newest first; needs no running process. Returns the exit code. */
export async function history(agent: string | undefined, { json, diff }: HistoryOptions): Promise<number> {
  const known = await readHistory(process.cwd(), process.env, agent ?? null)
  if (known.size === 0) {
    const others = [...(await readHistory(process.cwd(), process.env, null)).keys()].join(', ')
    const whose = agent === undefined ? 'in this project' : `of an agent "${agent}"`
    const hint = others === '' ? ': they are once it was started' : `; there are: ${others}`
    return printError(`no generations are kept ${whose}${hint}`, EXIT.negative)
  }
  if (json) {
    const all = Object.fromEntries([...known].map(([name, generations]) => [name, generations.toReversed()]))
    process.stdout.write(`${JSON.stringify(all, null, 2)}\n`)
    return EXIT.done
  }
  for (const [name, generations] of known) {
    const lines = generations.toReversed().flatMap((one) => [line(one), ...(diff ? changed(one) : [])])
    process.stdout.write(`${[name, ...lines, ''].join('\n')}`)
  }
  return EXIT.done
}

function line({ number, hash, at, source, verdict, changes }: HistoryEntry): string {
  // What comes from the environment is not kept, so a generation may differ in that alone.
  const what = changes === null ? '' : changes.map(({ field }) => field).join(', ') || 'nothing in its files'
  const verdictText = verdict === 'open' ? 'not confirmed' : verdict
  const age = `${duration(Date.now() - at)} ago`
  return `  ${String(number).padStart(3)}  ${hash.slice(0, 12)}  ${age.padEnd(10)}  ${source.padEnd(8)}  ${verdictText.padEnd(13)}  ${what}`.trimEnd()
}

function changed({ changes }: HistoryEntry): readonly string[] {
  return (changes ?? []).flatMap(({ field, summary, lines }) => [
    `         ${field}  ${summary}`,
    ...lines.map((text) => `           ${text}`),
  ])
}
