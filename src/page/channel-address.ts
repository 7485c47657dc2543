import { CHANNEL_PATH } from './protocol.ts'

/** Where the channel of the runner is that served this page. */
export function addressOfPage(): string {
  const { protocol, host } = (globalThis as unknown as { location: { protocol: string; host: string } }).location
  return `${protocol === 'https:' ? 'wss' : 'ws'}://${host}${CHANNEL_PATH}`
}
