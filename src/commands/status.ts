import type { Status } from '../runner/control.ts'
import { EXIT } from '../runner/exit-code.ts'
import { statusText } from '../runner/printing/status-text.ts'
import { runningProcesses, sendRequest } from '../runner/running-processes.ts'

export interface StatusOptions {
  readonly json?: boolean
}

/** Prints the status of each running process of this project. Returns the exit code. */
export async function status({ json }: StatusOptions): Promise<number> {
  const running = runningProcesses()
  if (typeof running === 'number') return running
  const answers = await Promise.all(running.map((one) => sendRequest<Status>(one, { method: 'GET', path: '/status' })))
  const known = answers.filter((answer) => answer !== null)
  const text = json ? `${JSON.stringify(known, null, 2)}\n` : known.map((one) => statusText(one, Date.now())).join('\n')
  process.stdout.write(text)
  return known.length === running.length ? EXIT.done : EXIT.notReady
}
