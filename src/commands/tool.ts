import { asWritten } from '../agent/printing/as-written.ts'
import { escapeUnprintable } from '../channels/printable.ts'
import type { ToolTrace } from '../io/tools/tool-trace.ts'
import { complain } from '../runner/complain.ts'
import { EXIT, exitCodeOf } from '../runner/exit-code.ts'
import { loadOrRefuse, loadOrTell, tellFaults } from '../runner/load-agent.ts'
import { describeTool } from '../runner/printing/describe-tool.ts'
import { showTrace } from '../runner/printing/show-trace.ts'
import { findingsIn, openToolTrial } from '../runner/tool-trial.ts'

export interface ToolRunOptions {
  readonly args: string
  readonly trace?: boolean
}

/** Lists an agent file's tools as the model gets them; this starts its MCP servers. Returns the exit code. */
export async function toolList(file: string): Promise<number> {
  const loaded = await loadOrTell(file, 'show')
  if (typeof loaded === 'number') return loaded
  let code = 0
  const onProblem = (message: string) => {
    code = complain(message, EXIT.notDone)
  }
  const trial = openToolTrial({ agent: loaded.agent, env: process.env, trace: () => {}, onProblem })
  const leave = onInterrupt(() => trial.close())
  const { tools } = asWritten(await trial.withListed())
  await trial.close()
  leave()
  if (tools.length === 0 && code === 0) process.stdout.write(`${file} declares no tools\n`)
  for (const tool of tools) show(process.stdout, describeTool(tool))
  return code
}

/** Checks an agent file and the scripts it names, running none of them. Returns the exit code. */
export async function toolCheck(file: string): Promise<number> {
  const loaded = await loadOrTell(file, 'show')
  if (typeof loaded === 'number') return loaded
  const { tools, servers } = loaded.agent
  const names = [...tools, ...servers].map(({ name }) => name)
  process.stdout.write(names.length === 0 ? `${file} declares no tools\n` : `can be started: ${names.join(', ')}\n`)
  return EXIT.done
}

/** Runs one tool as a conversation would. What the model would get goes to standard output, all else to standard error. */
export async function toolRun(
  file: string,
  name: string | undefined,
  { args, trace }: ToolRunOptions,
): Promise<number> {
  const loaded = await loadOrRefuse(file, 'start')
  if (typeof loaded === 'number') return loaded
  let detail: string | undefined
  let wasBegun = false
  const onTrace = (event: ToolTrace) => {
    wasBegun = true
    if (event.type === 'answered') detail = event.detail
    if (trace === true) show(process.stderr, showTrace(event))
  }
  let notThere: number = EXIT.wrongUse
  const onProblem = (message: string) => {
    notThere = complain(message, EXIT.notDone)
  }
  const trial = openToolTrial({ agent: loaded.agent, env: process.env, trace: onTrace, onProblem })
  const leave = onInterrupt(() => trial.close())
  const isOwn = loaded.agent.tools.some((tool) => tool.name === name)
  const agent = isOwn ? loaded.agent : await trial.withListed()
  const chosen = agent.tools.find((tool) => tool.name === name)
  if (chosen !== undefined) tellFaults({ ...loaded, diagnostics: findingsIn(loaded, chosen) })
  const answer = chosen === undefined ? null : await trial.run(agent, chosen.name, args)
  await trial.close()
  leave()
  if (answer === null) {
    const names = agent.tools.map((tool) => tool.name).join(', ')
    const wanted = name === undefined ? `name a tool of ${file}` : `${file} has no tool "${name}"`
    return complain(`${wanted}; ${names === '' ? 'it has none' : `it has: ${names}`}`, notThere)
  }
  show(process.stdout, `${answer.output}\n`)
  if (answer.status === 'ok') return EXIT.done
  const why = detail === undefined ? '' : ` (${detail})`
  const hint = wasBegun ? (trace === true ? '' : '; --trace shows every step') : '; nothing was started'
  return complain(`${name} ended as ${answer.status}${why}${hint}`, EXIT.no)
}

/** Escapes on a terminal, which the output of a tool or a server must not control; elsewhere it is written unchanged. */
function show(stream: NodeJS.WriteStream, text: string): void {
  stream.write(stream.isTTY ? escapeUnprintable(text) : text)
}

/**
 * Ends tools and servers on a signal: they are in sessions of their own, which the terminal's signals do not reach. A second signal exits
 * at once.
 */
function onInterrupt(end: () => Promise<void>): () => void {
  const handlers = (['SIGINT', 'SIGTERM', 'SIGHUP'] as const).map((signal) => {
    const handle = () => void end().then(() => process.exit(exitCodeOf(signal)))
    process.once(signal, handle)
    return () => void process.off(signal, handle)
  })
  return () => {
    for (const remove of handlers) remove()
  }
}
