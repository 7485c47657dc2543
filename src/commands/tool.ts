import { isMap } from '../agent/is-map.ts'
import { formatValue } from '../agent/printing/format-value.ts'
import { restoreReferences } from '../agent/printing/restore-references.ts'
import { escapeUnprintable } from '../channels/printable.ts'
import type { ToolTrace } from '../io/tools/tool-trace.ts'
import { EXIT, exitCodeOf } from '../runner/exit-code.ts'
import { loadAgentToShow, loadUsableAgent, printFaults } from '../runner/load-agent.ts'
import { describeTool } from '../runner/printing/describe-tool.ts'
import { printError } from '../runner/printing/print-error.ts'
import { traceText } from '../runner/printing/trace-text.ts'
import { findingsOfTool, openToolTrial } from '../runner/tool-trial.ts'

export interface ToolRunOptions {
  readonly args: string
  readonly trace?: boolean
}

/** Lists an agent file's tools as the model gets them; this starts its MCP servers. Returns the exit code. */
export async function toolList(file: string): Promise<number> {
  const loaded = await loadAgentToShow(file)
  if (typeof loaded === 'number') return loaded
  let code = 0
  const onProblem = (message: string) => {
    code = printError(message, EXIT.failed)
  }
  const trial = openToolTrial({ agent: loaded.agent, env: process.env, trace: () => {}, onProblem })
  const leave = onInterrupt(() => trial.close())
  const { tools } = restoreReferences(await trial.withServerTools())
  await trial.close()
  leave()
  if (tools.length === 0 && code === 0) process.stdout.write(`${file} declares no tools\n`)
  for (const tool of tools) show(process.stdout, describeTool(tool))
  return code
}

/** Checks an agent file and the scripts it names, running none of them. Returns the exit code. */
export async function toolCheck(file: string): Promise<number> {
  const loaded = await loadAgentToShow(file)
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
  const loaded = await loadUsableAgent(file, 'start')
  if (typeof loaded === 'number') return loaded
  let detail: string | undefined
  let wasStarted = false
  const onTrace = (event: ToolTrace) => {
    wasStarted = true
    if (event.type === 'answered') detail = event.detail
    if (trace === true) show(process.stderr, traceText(event))
  }
  let missingCode: number = EXIT.usageError
  const onProblem = (message: string) => {
    missingCode = printError(message, EXIT.failed)
  }
  const trial = openToolTrial({ agent: loaded.agent, env: process.env, trace: onTrace, onProblem })
  const leave = onInterrupt(() => trial.close())
  const isOwn = loaded.agent.tools.some((tool) => tool.name === name)
  const agent = isOwn ? loaded.agent : await trial.withServerTools()
  const chosen = agent.tools.find((tool) => tool.name === name)
  if (chosen !== undefined) printFaults({ ...loaded, diagnostics: findingsOfTool(loaded, chosen) })
  const answer = chosen === undefined ? null : await trial.run(agent, chosen.name, args)
  await trial.close()
  leave()
  if (answer === null) {
    const names = agent.tools.map((tool) => tool.name).join(', ')
    const wanted = name === undefined ? `name a tool of ${file}` : `${file} has no tool "${name}"`
    return printError(`${wanted}; ${names === '' ? 'it has none' : `it has: ${names}`}`, missingCode)
  }
  show(process.stdout, `${answer.output}\n`)
  if (answer.status === 'ok') return EXIT.done
  const why = detail === undefined ? '' : ` (${detail})`
  const moreAbout = trace === true ? '' : '; --trace shows every step'
  const hint = wasStarted ? moreAbout : `; nothing was started${argsFault(args)}`
  return printError(`${name} ended as ${answer.status}${why}${hint}`, EXIT.negative)
}

/** The shell takes quotes away, and a word of JSON with them. */
function argsFault(args: string): string {
  try {
    if (isMap(JSON.parse(args))) return ''
  } catch {}
  return `: --args is ${formatValue(args)}; a JSON object in quotes is wanted, such as '{"name":"value"}'`
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
