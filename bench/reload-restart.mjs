// The obvious alternative to reloading: watches a file, and starts the program again whenever it changes.
// usage: node reload-restart.mjs <file> <number of conversations> <program> [arguments…]
import { spawn } from 'node:child_process'
import { watch } from 'chokidar'

const [file, count, ...command] = process.argv.slice(2)
let child = start()
let again = false

function start() {
  const started = spawn(process.execPath, command, { stdio: ['pipe', 'ignore', 'inherit'] })
  for (let index = 0; index < Number(count); index += 1)
    started.stdin.write(`${JSON.stringify({ type: 'conversation.open', conversation: `c${index}` })}\n`)
  started.stdin.on('error', () => {})
  started.on('exit', () => {
    if (!again) process.exit(1)
    again = false
    child = start()
  })
  return started
}

watch(file, { ignoreInitial: true }).on('all', () => {
  if (again) return
  again = true
  child.kill('SIGTERM')
})
process.on('SIGTERM', () => {
  child.removeAllListeners('exit')
  child.kill('SIGTERM')
  process.exit(0)
})
