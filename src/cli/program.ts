import { Command, InvalidArgumentError, Option } from 'commander'
import { messageOf } from '../core/errors.ts'
import { version } from '../version.ts'

/**
 * Runs the command that `process.argv` names. Each command is loaded when it is run.
 *
 * What goes wrong is printed as a sentence, and the exit code is 1.
 */
export async function run(): Promise<void> {
  try {
    await program().parseAsync()
  } catch (error) {
    process.stderr.write(`patchbay: ${messageOf(error)}\n`)
    process.exitCode = 1
  }
}

function program(): Command {
  const root = new Command('patchbay')
    .description('One MCP gateway: MCP servers and OpenAPI documents in; MCP, REST and chat completions out.')
    .version(version)
    .showHelpAfterError()
  const add = (name: string, description: string, logLevel: string): Command =>
    root
      .command(name)
      .description(description)
      .option('-c, --config <file>', 'configuration file', process.env.PATCHBAY_CONFIG ?? 'servers.json')
      .addOption(
        new Option('--log-level <level>', 'how much is logged to stderr')
          .choices(['debug', 'info', 'warn', 'error', 'silent'])
          .default(logLevel),
      )

  add('serve', 'serve MCP, REST and completions over HTTP', 'info')
    .option('-p, --port <number>', 'port to listen on; 0 lets the system choose (default: server.port, 4000)', toPort)
    .option('-H, --host <address>', 'address to listen on (default: server.host, 127.0.0.1)')
    .action(async options => (await import('./serve.ts')).serveCommand(options))

  add('stdio', 'serve one MCP client over stdin and stdout', 'warn')
    .option('-s, --server <name>', 'only this server or group')
    .action(async options => (await import('./stdio.ts')).stdioCommand(options))

  add('tools', 'print the catalog: every tool, its source, why it was renamed, what it costs', 'warn')
    .option('--json', 'print JSON')
    .action(async options => (await import('./tools.ts')).toolsCommand(options))

  add('check', 'validate the configuration and every document and server in it', 'silent')
    .option('--offline', 'do not start or contact any server')
    .action(async options => (await import('./check.ts')).checkCommand(options))

  add('openapi', 'print what an OpenAPI document would give: tools, what is skipped and why, what it costs', 'silent')
    .argument('<document>', 'a path, a URL, or the name of an entry of the configuration')
    .option('-n, --name <id>', 'the id that its tools would stand under (default: the name of the file)')
    .option('-b, --base-url <url>', "the API's base URL, where the document names none")
    .option('--lint', 'also check it against the schema of its version; findings are warnings')
    .option('--json', 'print JSON')
    .action(async (document, options) => (await import('./openapi.ts')).openApiCommand(document, options))

  add('lock', 'write patchbay.lock.json, the definitions that you reviewed', 'warn')
    .option('--accept [source]', 'take over every difference, or those of one source')
    .option('--check', 'only print what differs; exit code 1 if anything does')
    .action(async options => (await import('./lock.ts')).lockCommand(options))

  add('call', 'call one tool and print its result', 'warn')
    .argument('<name>', 'the name as `patchbay tools` prints it')
    .argument('[json]', 'the arguments as a JSON object', '{}')
    .action(async (name, json, options) => (await import('./call.ts')).callCommand(name, json, options))

  return root
}

function toPort(text: string): number {
  const port = Number(text)
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw new InvalidArgumentError('It must be a whole number from 0 to 65535.')
  return port
}
