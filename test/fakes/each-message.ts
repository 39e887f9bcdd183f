/** Hands on each line of stdin as the JSON that it is; the process ends with its client. */
export function eachMessage<Message>(receive: (message: Message) => void): void {
  let rest = ''
  process.stdin.setEncoding('utf8')
  process.stdin.on('data', chunk => {
    const lines = (rest + chunk).split('\n')
    rest = lines.pop() ?? ''
    for (const each of lines) if (each.trim() !== '') receive(JSON.parse(each))
  })
  process.stdin.on('end', () => process.exit(0))
}
