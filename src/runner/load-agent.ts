import { type LoadedAgent, type RejectedAgent, readAgent } from '../io/agent-file.ts'
import { complain } from './complain.ts'
import { createFrames } from './frames.ts'

/** Loads an agent file for a command, and tells what is wrong with it on standard error. A number is the exit code. */
export async function loadOrTell(file: string, purpose: 'validate' | 'start'): Promise<LoadedAgent | number> {
  const read = await readAgent({ file, purpose })
  if ('message' in read) return complain(read.message, read.status === 'missing' ? 2 : 3)
  tellFaults(read)
  return read.status === 'rejected' ? 1 : read
}

/** Notes are for `validate`; whoever starts something is told what is wrong with it. */
export function tellFaults({ diagnostics, sources }: LoadedAgent | RejectedAgent): void {
  const frames = createFrames(process.stderr)
  frames.keep(sources)
  const grave = diagnostics.filter(({ level }) => level !== 'note')
  for (const diagnostic of grave) process.stderr.write(`${frames.frame(diagnostic)}\n\n`)
}
