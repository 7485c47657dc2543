import { BlockList, isIPv4, isIPv6 } from 'node:net'

/** Whether an IP address is anything but public: this machine's, a private network's, or no host's at all. */
export function isPrivateAddress(address: string): boolean {
  const plain = address.replace(/^\[(.*)\]$/, '$1').replace(/%.*$/, '')
  if (isIPv4(plain)) return RESERVED.check(plain, 'ipv4')
  if (!isIPv6(plain)) return true
  const embedded = embeddedIPv4(plain)
  if (embedded !== null) return RESERVED.check(embedded, 'ipv4')
  return !PUBLIC.check(plain, 'ipv6') || NOT_PUBLIC.check(plain, 'ipv6')
}

/** The IPv4 address inside one that is mapped (::ffff:0:0/96) or translated (64:ff9b::/96). */
function embeddedIPv4(address: string): string | null {
  const groups = groupsOf(address)
  const prefix = groups.slice(0, 6).join(':')
  if (prefix !== '0:0:0:0:0:ffff' && prefix !== '64:ff9b:0:0:0:0') return null
  const [high = 0, low = 0] = groups.slice(6).map((group) => Number.parseInt(group, 16))
  return [high >> 8, high & 0xff, low >> 8, low & 0xff].join('.')
}

/** The eight groups of an IPv6 address, however it is written. */
function groupsOf(address: string): readonly string[] {
  const [head = '', tail = ''] = new URL(`http://[${address}]`).hostname.slice(1, -1).split('::')
  const before = head === '' ? [] : head.split(':')
  const after = tail === '' ? [] : tail.split(':')
  return [...before, ...Array.from({ length: 8 - before.length - after.length }, () => '0'), ...after]
}

/** Special-purpose IPv4 addresses (IANA registry). */
const RESERVED = listOf('ipv4', [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
])

/** Global unicast, and the parts of it that are reserved, for documentation, or tunnels to IPv4 (Teredo, 6to4). */
const PUBLIC = listOf('ipv6', ['2000::/3'])
const NOT_PUBLIC = listOf('ipv6', ['2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20'])

function listOf(family: 'ipv4' | 'ipv6', ranges: readonly string[]): BlockList {
  const list = new BlockList()
  for (const range of ranges) {
    const [network = '', bits] = range.split('/')
    list.addSubnet(network, Number(bits), family)
  }
  return list
}
