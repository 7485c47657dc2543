// The same conversion with `ws` alone: binary frames in, base64 in JSON out. Prints its port.
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { WebSocket, WebSocketServer } from 'ws'

const service = process.argv[2] ?? ''
const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false })
server.on('connection', (caller) => {
  const up = new WebSocket(service, { perMessageDeflate: false })
  caller.on('message', (data: Buffer) => {
    if (up.readyState === WebSocket.OPEN)
      up.send(JSON.stringify({ type: 'input_audio_buffer.append', audio: data.toString('base64') }))
  })
  caller.on('close', () => up.close())
})
await once(server, 'listening')
process.stdout.write(`${(server.address() as AddressInfo).port}\n`)
