# frozen_string_literal: true

require_relative 'helper'

class SinksTest < BattenTest
  def assert_sink(reason, what = reason, &block)
    refused = assert_raises(Batten::SinkRefused, what.inspect, &block)
    assert_equal reason, refused.reason, what.inspect
    assert_operator refused.message.length, :>, reason.length + 2
  end

  # ---- files

  def test_a_file_is_read_below_its_root_and_nowhere_else
    root = File.join(dir, 'root')
    FileUtils.mkdir_p(File.join(root, 'in'))
    File.binwrite(File.join(root, 'in/a.bin'), "a\0\xff".b)
    File.write(File.join(dir, 'outside'), 'secret')
    File.symlink(File.join(dir, 'outside'), File.join(root, 'link'))
    File.symlink(dir, File.join(root, 'up'))
    File.symlink('/proc/self/root', File.join(root, 'magic'))
    File.mkfifo(File.join(root, 'pipe'))
    assert_equal "a\0\xff".b, Batten::SafeFile.read(root, 'in/a.bin')
    { 'symlink' => %w[link up/outside magic/etc/passwd], 'traversal' => %w[../outside in/../../outside ..], 'absolute' => ['/etc/passwd', "#{root}/in/a.bin"],
      'not-found' => %w[none %2e%2e/outside], 'not-regular' => %w[in pipe], 'bad-byte' => ["in/a.bin\0.png", "a\nb"], 'empty' => [''],
      'too-long' => ['a' * 5000] }.each { |reason, names| names.each { |name| assert_sink(reason, name) { Batten::SafeFile.read(root, name) } } }
    assert_sink('too-large') { Batten::SafeFile.read(root, 'in/a.bin', limit: 2) }
    assert_raises(ArgumentError) { Batten::SafeFile.read("#{root}\0", 'in/a.bin') }
    assert_sink('empty') { Batten::SafeFile.read(root, nil) }
    assert_raises(TypeError) { Batten::SafeFile.read(root, 7) }
    [-1, -1 << 70, nil, '5', 1.5].each { |limit| assert_raises(ArgumentError, limit.inspect) { Batten::SafeFile.read(root, 'in/a.bin', limit: limit) } }
    assert_equal [404, 403], [Batten::SinkNotFound.new.status, Batten::SinkRefused.new('symlink').status]
  end

  def test_another_mount_below_the_root_is_refused
    assert_sink('mount') { Batten::SafeFile.read('/', 'proc/version') }
  end

  def test_a_link_swapped_in_while_reading_never_leads_outside
    root = File.join(dir, 'race')
    FileUtils.mkdir_p(File.join(root, 'd'))
    FileUtils.mkdir_p(File.join(dir, 'out'))
    File.write(File.join(root, 'd/f'), 'inside')
    File.write(File.join(dir, 'out/f'), 'secret')
    File.symlink(File.join(dir, 'out'), File.join(root, 'l'))
    swapper = fork do
      at_exit { exit! }
      loop { File.rename("#{root}/d", "#{root}/t"); File.rename("#{root}/l", "#{root}/d"); File.rename("#{root}/d", "#{root}/l"); File.rename("#{root}/t", "#{root}/d") }
    end
    seen = Array.new(3000) do
      Batten::SafeFile.read(root, 'd/f')
    rescue Batten::SinkRefused => e
      e.reason
    end
    assert_includes seen, 'inside'
    assert_empty seen - %w[inside symlink not-found system]
  ensure
    Process.kill('KILL', swapper)
    Process.wait(swapper)
  end

  # ---- processes

  def test_arguments_reach_the_program_as_they_are
    said = Batten::SafeProcess.run(['printf', '%s|', 'a b', '$(id)', '; id', '`id`', "é'\""])
    assert_equal "a b|$(id)|; id|`id`|é'\"|".b, said.output
    assert said.success?
    ended = Batten::SafeProcess.run(['/bin/sh', write('no.sh', 'echo no >&2; exit 3')], trusted: 2)
    assert_equal [3, nil, '', "no\n"], ended.to_a
    assert_equal 'in', Batten::SafeProcess.run(['cat'], input: 'in').output
    assert_equal "A=b\n", Batten::SafeProcess.run(['env'], environment: { 'A' => 'b' }).output
    assert_equal "#{dir}\n", Batten::SafeProcess.run(['pwd'], directory: dir).output
    assert_equal 9, Batten::SafeProcess.run(['/bin/sh', write('kill.sh', 'kill -9 $$')], trusted: 2).signal
  end

  def test_what_could_escape_is_not_run
    assert_sink('dash') { Batten::SafeProcess.run(['cat', '--version']) }
    assert_sink('dash') { Batten::SafeProcess.run(['cat', '-e', '-n'], trusted: 2) }
    assert Batten::SafeProcess.run(['cat', '--version'], allow_dash: true).success?
    assert Batten::SafeProcess.run(['cat', '--', '-n'], trusted: 3)
    assert_sink('program') { Batten::SafeProcess.run(['no-such-program']) }
    assert_sink('program') { Batten::SafeProcess.run(['./cat']) }
    assert_sink('program') { Batten::SafeProcess.run(['/etc/passwd']) }
    assert_sink('empty') { Batten::SafeProcess.run([]) }
    assert_sink('bad-byte') { Batten::SafeProcess.run(['cat', "a\0b"]) }
    assert_raises(ArgumentError) { Batten::SafeProcess.run('cat /etc/passwd') }
    assert_raises(ArgumentError) { Batten::SafeProcess.run(['cat'], trusted: 0) }
    File.write(File.join(dir, 'cat'), "#!/bin/sh\necho own\n")
    File.chmod(0o755, File.join(dir, 'cat'))
    path, ENV['PATH'] = ENV['PATH'], dir
    assert_equal 'x', Batten::SafeProcess.run(['cat'], input: 'x').output, 'PATH has no say'
  ensure
    ENV['PATH'] = path if path
  end

  def test_no_shell_or_interpreter_takes_code_however_far_it_is_trusted
    code = %w[sh -c id], %w[bash -lc id], %w[ruby -e 1], %w[perl -wne 1], %w[python3 -c 1], %w[env sh -c id], %w[env -S id], %w[xargs sh -c id],
           %w[find / -exec sh -c id ;], %w[timeout 5 setsid sh -c id], %w[awk BEGIN{}], %w[busybox sh -c id], %w[sudo sh -c id], %w[sh]
    code.select! { |argv| %w[/usr/bin /bin].any? { |where| File.executable?(File.join(where, argv[0])) } }
    code.each { |argv| assert_sink('interpreter', argv) { Batten::SafeProcess.run(argv, trusted: argv.length, input: 'id') } }
    script = write('own.sh', 'echo "$1"')
    assert_sink('interpreter') { Batten::SafeProcess.run(['sh', script]) }
    assert_equal "-c\n", Batten::SafeProcess.run(['sh', script, '-c'], trusted: 2, allow_dash: true).output
    assert_equal "sh -c id\n", Batten::SafeProcess.run(['echo', 'sh -c id']).output
    File.symlink('/bin/sh', File.join(dir, 'convert'))
    assert_sink('interpreter') { Batten::SafeProcess.run([File.join(dir, 'convert'), '-c', 'id'], trusted: 3) }
  end

  def test_nothing_that_a_process_started_outlives_the_call
    alive = ->(seconds) { Dir['/proc/[0-9]*/cmdline'].any? { |file| File.read(file) == "sleep\0#{seconds}\0" rescue false } }
    script = write('leave.sh', "setsid -f sleep 78001\nsetsid -f sleep 78002 >/dev/null 2>&1\nsleep 78003\n")
    assert_sink('timeout') { Batten::SafeProcess.run(['sh', script], trusted: 2, timeout: 0.3) }
    refute alive.(78001) || alive.(78002) || alive.(78003)
    assert Batten::SafeProcess.run(%w[setsid -f sleep 78004], trusted: 4).success?
    refute alive.(78004)
    own = spawn('sleep', '78005')
    assert_sink('timeout') { Batten::SafeProcess.run(%w[sleep 78006], timeout: 0.1) }
    assert alive.(78005), 'children of the application stay'
  ensure
    Process.kill('KILL', own) && Process.wait(own) if own
  end

  def test_processes_inherit_nothing_and_stay_within_limits
    ENV['LEAK'] = 'secret'
    refute_includes Batten::SafeProcess.run(['env']).output, 'secret'
    File.open(File.join(dir, 'key.secret')) do |open|
      open.close_on_exec = false
      assert_equal %w[0 1 2 3], Batten::SafeProcess.run(['ls', '/proc/self/fd']).output.split
    end
    assert_sink('timeout') { Batten::SafeProcess.run(['sleep', '30'], timeout: 0.2) }
    assert_sink('output') { Batten::SafeProcess.run(['yes'], output: 1000) }
    refute Batten::SafeProcess.run(['ruby', write('large.rb', "'x' * (1 << 30)")], trusted: 2, memory: 256 * 1024 * 1024).success?
  ensure
    ENV.delete('LEAK')
  end

  def test_confinement_takes_files_and_network_away
    secret = write('note', 'text')
    run = ->(**more) { Batten::SafeProcess.run(['cat', secret], **more) }
    assert_equal 'text', run.(seccomp: true).output
    refute run.(landlock: true).success?
    assert_equal 'text', run.(landlock: true, readable: [dir]).output
  rescue Batten::SinkRefused => e
    raise unless e.reason == 'confinement' # a kernel without Landlock refuses to run it at all
  end

  # ---- addresses

  # No call here may connect to any but loopback: the public addresses stand beside something that is refused.
  def fetch(url, addresses, hosts: ['api.example'], **more)
    Batten::SafeFetch.get(url, **{ hosts: hosts, resolver: ->(_host) { Array(addresses) }, timeout: 5 }, **more)
  end

  def test_special_addresses_are_refused_in_any_notation
    %w[127.0.0.1 10.0.0.1 172.16.0.1 192.168.1.1 169.254.169.254 100.64.0.1 0.0.0.0 224.0.0.1 255.255.255.255 ::1 :: fe80::1 fd00:ec2::254
       ::ffff:169.254.169.254 ::ffff:10.0.0.1 64:ff9b::a9fe:a9fe 2002:7f00:1::].each do |address|
      assert Batten::Native.special_address?(address), address
      assert_sink('address', address) { fetch('https://api.example/', address) }
      assert_sink('address', address) { fetch('https://api.example/', ['93.184.216.34', address]) }
    end
    refute Batten::Native.special_address?('93.184.216.34')
    literal = %w[2130706433 0x7f000001 0177.0.0.1 127.1 [::1] [::ffff:127.0.0.1] 169.254.169.254 2852039166]
    literal.each do |host|
      bare = host.delete('[]')
      assert_raises(Batten::SinkRefused, host) { Batten::SafeFetch.get("http://#{host}/", hosts: [host, bare], http: true, timeout: 2) }
    end
  end

  def test_only_listed_hosts_and_plain_urls_are_fetched
    %w[https://evil.example/ https://api.example.evil.example/ https://evilapi.example/].each { |url| assert_sink('host', url) { fetch(url, '93.184.216.34') } }
    assert_sink('scheme') { fetch('http://api.example/', '93.184.216.34') }
    ['file:///etc/passwd', 'gopher://api.example/', 'https://user@api.example/', 'https://api.example:99999/', 'api.example', '', "https://api.example\\@evil.example/",
     "https://api.example/\r\nX: y", "https://evil.example#@api.example/"].each { |url| assert_raises(Batten::SinkRefused, url) { fetch(url, '93.184.216.34') } }
    assert_sink('resolve') { fetch('https://api.example/', []) }
    assert_sink('resolve') { fetch('https://api.example/', ['not an address']) }
    assert_raises(ArgumentError) { fetch('https://api.example/', '93.184.216.34', headers: { 'Host' => 'x' }) }
    assert_equal 'from the resolver', assert_raises(RuntimeError) { Batten::SafeFetch.get('https://api.example/', hosts: ['api.example'], resolver: ->(_) { raise 'from the resolver' }) }.message
  end

  def local(url, answers, **more)
    server = TCPServer.new('127.0.0.1', 0)
    seen = []
    thread = Thread.new do
      answers.each do |answer|
        client = server.accept
        lines = []
        while (line = client.gets) && line != "\r\n" do lines << line.chomp end
        seen << lines
        client.write(answer.gsub('PORT', server.addr[1].to_s))
        client.close
      end
    end
    [fetch(url.sub('PORT', server.addr[1].to_s), '127.0.0.1', networks: ['127.0.0.0/8'], http: true, **more), seen]
  ensure
    thread&.kill
    server&.close
  end

  OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

  def moved(to) = "HTTP/1.1 302 Found\r\nLocation: #{to}\r\nContent-Length: 0\r\n\r\n"

  def test_a_fetch_goes_to_the_checked_address_with_the_name_of_the_url
    answer, seen = local('http://api.example:PORT/a?b=c', [OK], headers: { 'X-Own' => 'v' })
    assert_equal [200, 'ok'], [answer.status, answer.body]
    assert_equal 'GET /a?b=c HTTP/1.1', seen[0][0]
    assert(seen[0].any? { |line| line.match?(/\AHost: api\.example:\d+\z/) })
    assert_includes seen[0], 'X-Own: v'
  end

  # DNS rebinding: a name that is good when asked first and bad when asked again.
  def test_a_name_is_looked_up_once_for_each_hop
    answers = [['127.0.0.1'], ['169.254.169.254']]
    answer, = local('http://api.example:PORT/', [OK], resolver: ->(_) { answers.shift })
    assert_equal ['ok', [['169.254.169.254']]], [answer.body, answers]
  end

  def test_redirects_are_checked_like_the_first_url
    { 'http://169.254.169.254/latest/meta-data/' => 'host', 'http://evil.example/' => 'host', 'file:///etc/passwd' => nil, 'http://api.example:1/' => nil }.each do |to, reason|
      error = assert_raises(Batten::SinkRefused, SystemCallError, to) { local('http://api.example:PORT/', [moved(to)]) }
      assert_equal reason, error.reason if reason
    end
    rebound = [['127.0.0.1'], ['169.254.169.254']]
    assert_sink('address') { local('http://api.example:PORT/', [moved('http://api.example:PORT/again')], resolver: ->(_) { rebound.shift }) }
    answer, seen = local('http://api.example:PORT/', [moved('/next'), OK], headers: { 'Authorization' => 'Bearer x' })
    assert_equal 'ok', answer.body
    assert_includes seen[1], 'Authorization: Bearer x'
    other, seen = local('http://api.example:PORT/', [moved('http://two.example:PORT/next'), OK], hosts: %w[api.example two.example], headers: { 'Authorization' => 'Bearer x' })
    assert_equal 'ok', other.body
    refute_includes seen[1], 'Authorization: Bearer x'
    assert_sink('url') { local('http://api.example:PORT/', [moved('/a')] * 5, redirects: 3) }
  end

  def test_answers_have_limits
    assert_sink('too-large') { local('http://api.example:PORT/', ["HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n#{'x' * 5000}"], limit: 100) }
    server = TCPServer.new('127.0.0.1', 0)
    assert_sink('timeout') { fetch("http://api.example:#{server.addr[1]}/", '127.0.0.1', networks: ['127.0.0.0/8'], http: true, timeout: 0.3) }
  ensure
    server&.close
  end

  def test_a_header_field_is_one_field
    ["X: a\r\nY", "X\n", 'X Y', 'X:', '', "X\0"].each { |name| assert_sink('bad-byte', name) { fetch('https://api.example/', '93.184.216.34', headers: { name => 'b' }) } }
    ["a\r\nY: b", "a\n", "a\0"].each { |value| assert_sink('bad-byte', value) { fetch('https://api.example/', '93.184.216.34', headers: { 'X' => value }) } }
    [0, -1, nil].each { |time| assert_raises(ArgumentError) { fetch('https://api.example/', '93.184.216.34', timeout: time) } }
    assert_raises(ArgumentError) { fetch('https://api.example/', '93.184.216.34', limit: -1) }
  end

  def test_an_answer_that_is_no_http_is_refused_by_name
    ['', "nonsense\r\n\r\n", "HTTP/1.1 OK\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nok", "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\nok",
     "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "HTTP/1.1 200 OK\r\nno field\r\n\r\nok"].each do |answer|
      assert_sink('answer', answer) { local('http://api.example:PORT/', [answer]) }
    end
  end

  def test_a_certificate_that_nobody_vouches_for_is_refused
    key = OpenSSL::PKey::RSA.new(2048)
    certificate = certificate_for('api.example', key)
    port = tls_server(certificate, key)
    url = "https://api.example:#{port}/"
    assert_raises(OpenSSL::SSL::SSLError) { fetch(url, '127.0.0.1', networks: ['127.0.0.0/8']) }
    trusted = write('ca.pem', certificate.to_pem)
    assert_equal 'ok', fetch(url, '127.0.0.1', networks: ['127.0.0.0/8'], ca_file: trusted).body
    assert_raises(OpenSSL::SSL::SSLError) { fetch("https://two.example:#{port}/", '127.0.0.1', networks: ['127.0.0.0/8'], hosts: ['two.example'], ca_file: trusted) }
  end

  def test_collecting_garbage_at_every_allocation_changes_nothing
    File.write(File.join(dir, 'f'), 'text')
    GC.stress = true
    read = Batten::SafeFile.read(dir, 'f')
    ran = Batten::SafeProcess.run(%w[echo a], environment: { 'A' => 'b' }, readable: %w[/tmp], input: 'x')
    checked = Batten::Native.check_url('https://api.example/', ['api.example'], ['10.0.0.0/8'], true, ->(_) { ['93.184.216.34'] })
    GC.stress = false
    assert_equal ['text', "a\n", [nil, 'https', 'api.example', 443, ['93.184.216.34']]], [read, ran.output, checked]
  ensure
    GC.stress = false
  end

  private

  def certificate_for(name, key)
    OpenSSL::X509::Certificate.new.tap do |c|
      c.version = 2
      c.serial = 1
      c.subject = c.issuer = OpenSSL::X509::Name.new([['CN', name]])
      c.public_key = key
      c.not_before = Time.now - 60
      c.not_after = Time.now + 3600
      extensions = OpenSSL::X509::ExtensionFactory.new(c, c)
      c.add_extension(extensions.create_extension('subjectAltName', "DNS:#{name}"))
      c.add_extension(extensions.create_extension('basicConstraints', 'CA:TRUE', true))
      c.sign(key, 'SHA256')
    end
  end

  def tls_server(certificate, key)
    context = OpenSSL::SSL::SSLContext.new
    context.cert = certificate
    context.key = key
    tcp = TCPServer.new('127.0.0.1', 0)
    server = OpenSSL::SSL::SSLServer.new(tcp, context)
    Thread.new do
      loop do
        client = server.accept
        nil while (line = client.gets) && line != "\r\n"
        client.write(OK)
        client.close
      rescue OpenSSL::SSL::SSLError, SystemCallError
        next
      end
    end
    tcp.addr[1]
  end
end
