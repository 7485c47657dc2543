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
const PRIVATE = ['/tmp', '/run', '/dev', '/proc']

/** Folders of programs and libraries, without anybody's data. Missing ones are skipped. */
const SYSTEM = ['/usr', '/bin', '/sbin', '/lib', '/lib32', '/lib64', '/nix/store', '/gnu/store']

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

/** The words after `bwrap` that build a sandbox. The tool's own command follows them. */
export function sandboxWords(plan: SandboxPlan): readonly string[] {
  const { sandbox, network, folders, cwd, stateDir, nodeFile } = plan
  const view = sandbox === 'read_only' ? ['--ro-bind', '/', '/', '--tmpfs', '/run'] : systemOnly(nodeFile)
  const isHidden = (path: string) =>
    sandbox === 'isolated' || PRIVATE.some((folder) => path === folder || path.startsWith(`${folder}/`))
  const places = new Map(folders.flatMap((folder) => placesOf(folder)).filter(([at]) => isHidden(at)))
  const own = placesOf(stateDir).filter(([at, real]) => at === real || isHidden(at))
  return [
    ...['--die-with-parent', '--unshare-pid', '--unshare-ipc', '--unshare-uts', '--cap-drop', 'ALL'],
    ...(network ? [] : ['--unshare-net']),
    ...view,
    ...['--dev', '/dev', '--proc', '/proc', '--tmpfs', '/tmp'],
    ...(network ? NETWORK_FILES.flatMap(readable) : []),
    ...outermostFirst([...places]).flatMap(([at, real]) => ['--ro-bind', real, at]),
    ...own.flatMap(([at, real]) => ['--bind', real, at]),
    ...['--chdir', cwd, '--'],
  ]
}

/** Where a folder must appear: at its real path, and at the one it is known by. */
function placesOf({ path, real }: Folder): readonly (readonly [at: string, real: string])[] {
  return path === real
    ? [[real, real]]
    : [
        [real, real],
        [path, real],
      ]
}

/** Variables to change because the home folder and the usual temporary folder cannot be reached. */
export function sandboxVariables(sandbox: ScriptTool['sandbox']): { readonly [name: string]: string } {
  if (sandbox === 'none') return {}
  return { TMPDIR: '/tmp', ...(sandbox === 'isolated' ? { HOME: '/tmp' } : {}) }
}

/**
 * The end of a process run through helpers: a helper that failed says so in its own words, and bwrap reports a signal as 128 plus its
 * number.
 */
export function endBehind(
  { isSandboxed, isLimited }: { readonly isSandboxed: boolean; readonly isLimited: boolean },
  { exitCode, signal }: { readonly exitCode: number | null; readonly signal: string | null },
  lastLine: string,
): Exit {
  const helpers = [...(isSandboxed ? ['bwrap: '] : []), ...(isLimited ? ['prlimit: '] : [])]
  if (exitCode === 1 && helpers.some((helper) => lastLine.startsWith(helper))) return { failure: lastLine }
  if (!isSandboxed || exitCode === null || exitCode <= SIGNAL_BASE) return { exitCode, signal }
  const passed = Object.entries(constants.signals).find(([, number]) => number === exitCode - SIGNAL_BASE)
  return passed === undefined ? { exitCode, signal } : { exitCode: null, signal: passed[0] }
}

/** Added to a signal's number. */
const SIGNAL_BASE = 128

function systemOnly(nodeFile: string): readonly string[] {
  const prefix = dirname(dirname(nodeFile))
  const node = prefix === '/' ? dirname(nodeFile) : prefix
  return [...SYSTEM, ...SYSTEM_FILES, node].flatMap(readable)
}

function readable(path: string): readonly string[] {
  return ['--ro-bind-try', path, path]
}

/** Sorts a folder before those inside it. The whole file system is never one of a tool's folders. */
function outermostFirst(places: readonly (readonly [at: string, real: string])[]) {
  return places.filter(([, real]) => real !== '/').sort(([one], [other]) => one.length - other.length)
}
