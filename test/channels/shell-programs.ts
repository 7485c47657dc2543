import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { SoundProgram } from '../../src/channels/voice/sound-programs.ts'

/** A sound program made of shell commands. */
export function program(capture: string, play = 'cat > /dev/null', name = 'test'): SoundProgram {
  return { name, install: `the ${name} package`, capture: () => ['sh', '-c', capture], play: () => ['sh', '-c', play] }
}

/** Collects what comes, and waits for it. */
export function collector<Value>() {
  const values: Value[] = []
  let wake = () => {}
  return {
    values,
    take(value: Value) {
      values.push(value)
      wake()
    },
    async until(enough: (values: readonly Value[]) => boolean) {
      while (!enough(values)) await new Promise<void>((done) => (wake = done))
      return values
    },
  }
}

/** Waits until all processes have ended that put a file named by their id into the folder. */
export async function waitUntilAllEnded(folder: string): Promise<void> {
  while (readdirSync(folder).some((pid) => isAlive(Number(pid)))) await pause(5)
}

export function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

export function pause(ms: number): Promise<void> {
  return new Promise((done) => setTimeout(done, ms))
}

/** The files that the programs of a test have written into a folder, by name. */
export function readFolder(folder: string): { readonly [name: string]: Buffer } {
  const names = readdirSync(folder)
  return Object.fromEntries(names.map((name) => [name, readFileSync(join(folder, name))]))
}
