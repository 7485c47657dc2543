import type { Fault } from '../findings/fault.ts'
import { formatValue } from '../printing/format-value.ts'
import { isLoopback, meantSocketAddress, socketAddress } from '../requests/address.ts'
import type { RuleId } from '../rules.ts'
import type { Check } from './check.ts'

/** Whether a session can be opened at the address of the service, without showing the key to others. */
export const checkAddress: Check = (data, { at }) => {
  const address = data.connection?.base_url
  if (typeof address !== 'string') return []
  const url = socketAddress(address)
  const fault = (rule: RuleId, message: string, help: string, suggest: readonly string[] = []): Fault[] => [
    { rule, message, help, suggest, ...at(['connection', 'base_url']) },
  ]
  if (url === null) {
    const right = meantSocketAddress(address)
    const message = `connection.base_url is ${formatValue(address)}; an address with wss:// and without # is wanted`
    return fault('RV308', message, `Write ${right ?? 'wss://host/path'}.`, right === null ? [] : [right])
  }
  if (url.protocol === 'ws:' && !isLoopback(url.hostname)) {
    return fault(
      'RV309',
      `connection.base_url would send the key unencrypted to ${url.hostname}`,
      'Use wss://; ws:// is for this machine alone.',
    )
  }
  return []
}
