import { constants } from 'node:os'
import { dirname } from 'node:path'
import type { ScriptTool } from '../../agent/tool.ts'
import type { Exit } from '../processes/child.ts'

/** A folder by the path it is known by, and by its real path. */
export interface Folder {
  readonly path: string
  readonly real: string
}

/** What a sandbox is made of. */
interface SandboxPlan {
  readonly sandbox: Exclude<ScriptTool['sandbox'], 'none'>
  readonly network: boolean
  /** Folders readable whatever else is hidden: those of the agent file and of the script, and the working directory. */
  readonly folders: readonly Folder[]
  /** The working directory. */
  readonly cwd: string
  /** The only writable folder. */
  readonly stateDir: Folder
  /** The running Node. */
  readonly nodeFile: string
}

/** Folders that `read_only` replaces with its own. */
const REPLACED_FOLDERS = ['/tmp', '/run', '/dev', '/proc']

/** Folders of programs and libraries, without anybody's data. Missing ones are skipped. */
const SYSTEM_FOLDERS = ['/usr', '/bin', '/sbin', '/lib', '/lib32', '/lib64', '/nix/store', '/gnu/store']

/** What programs look up in /etc, without keys or passwords. */
const SYSTEM_FILES = [
  ...[
    'ld.so.cache',
    'ld.so.conf',
    'ld.so.conf.d',
    'alternatives',
    'passwd',
    'group',
    'nsswitch.conf',
    'hosts',
    'host.conf',
  ],
  ...['localtime', 'timezone', 'locale.alias', 'ssl/certs', 'ssl/openssl.cnf', 'ca-certificates', 'pki', 'mime.types'],
].map((name) => `/etc/${name}`)

/** Files for looking up network names; resolv.conf often leads into /run. */
const NETWORK_FILES = ['/etc/resolv.conf', '/run/systemd/resolve', '/run/NetworkManager']

/** The arguments after `bwrap` that build a sandbox. The tool's own command follows them. */
export function bwrapArguments(plan: SandboxPlan): readonly string[] {
  const { sandbox, network, folders, cwd, stateDir, nodeFile } = plan
  const rootMounts = sandbox === 'read_only' ? ['--ro-bind', '/', '/', '--tmpfs', '/run'] : systemMounts(nodeFile)
  const isHidden = (path: string) =>
    sandbox === 'isolated' || REPLACED_FOLDERS.some((folder) => path === folder || path.startsWith(`${folder}/`))
  const mounts = new Map(folders.flatMap((folder) => mountsOf(folder)).filter(([at]) => isHidden(at)))
  const writableMounts = mountsOf(stateDir).filter(([at, real]) => at === real || isHidden(at))
  return [
    ...['--die-with-parent', '--unshare-pid', '--unshare-ipc', '--unshare-uts', '--cap-drop', 'ALL'],
    ...(network ? [] : ['--unshare-net']),
    ...rootMounts,
    ...['--dev', '/dev', '--proc', '/proc', '--tmpfs', '/tmp'],
    ...(network ? NETWORK_FILES.flatMap(readOnlyMount) : []),
    ...outermostFirst([...mounts]).flatMap(([at, real]) => ['--ro-bind', real, at]),
    ...writableMounts.flatMap(([at, real]) => ['--bind', real, at]),
    ...['--chdir', cwd, '--'],
  ]
}

/** Where a folder must appear: at its real path, and at the one it is known by. */
function mountsOf({ path, real }: Folder): readonly (readonly [at: string, real: string])[] {
  return [...new Set([real, path])].map((at) => [at, real] as const)
}

/** Variables to change because the home folder and the usual temporary folder cannot be reached. */
export function sandboxVariables(sandbox: ScriptTool['sandbox']): { readonly [name: string]: string } {
  if (sandbox === 'none') return {}
  return { TMPDIR: '/tmp', ...(sandbox === 'isolated' ? { HOME: '/tmp' } : {}) }
}

/**
 * The exit of a process behind wrappers: a wrapper that failed reports it on stderr, and bwrap reports a signal as 128 plus its
 * number.
 */
export function exitBehindWrappers(
  { isSandboxed, isLimited }: { readonly isSandboxed: boolean; readonly isLimited: boolean },
  { exitCode, signal }: { readonly exitCode: number | null; readonly signal: string | null },
  lastLine: string,
): Exit {
  const prefixes = [...(isSandboxed ? ['bwrap: '] : []), ...(isLimited ? ['prlimit: '] : [])]
  if (exitCode === 1 && prefixes.some((prefix) => lastLine.startsWith(prefix))) return { failure: lastLine }
  if (!isSandboxed || exitCode === null || exitCode <= SIGNAL_BASE) return { exitCode, signal }
  const signalEntry = Object.entries(constants.signals).find(([, number]) => number === exitCode - SIGNAL_BASE)
  return signalEntry === undefined ? { exitCode, signal } : { exitCode: null, signal: signalEntry[0] }
}

/** Added to a signal's number. */
const SIGNAL_BASE = 128

function systemMounts(nodeFile: string): readonly string[] {
  const prefix = dirname(dirname(nodeFile))
  const node = prefix === '/' ? dirname(nodeFile) : prefix
  return [...SYSTEM_FOLDERS, ...SYSTEM_FILES, node].flatMap(readOnlyMount)
}

function readOnlyMount(path: string): readonly string[] {
  return ['--ro-bind-try', path, path]
}

/** Sorts a folder before those inside it. The whole file system is never one of a tool's folders. */
function outermostFirst(mounts: readonly (readonly [at: string, real: string])[]) {
  return mounts.filter(([, real]) => real !== '/').sort(([one], [other]) => one.length - other.length)
}
