# frozen_string_literal: true

require_relative 'helper'
require 'socket'
require 'stringio'
require 'batten/key_fetch'

# Keys behind a URL: the gem carries what libbatten asks, and asks no address that libbatten bans.
class KeysTest < BattenTest
  Asked = Struct.new(:path, :fields)

  def teardown
    @thread&.kill
    super
  end

  # A server that answers each connection once; its port. The block gets path and fields, and gives status line, fields, body.
  def serve(tls = nil)
    server = TCPServer.new('127.0.0.1', 0)
    port = server.addr[1]
    server = OpenSSL::SSL::SSLServer.new(server, tls) if tls
    @thread = Thread.new do
      loop { answer(server.accept) { |asked| yield asked } }
    rescue OpenSSL::SSL::SSLError
      retry
    end
    port
  end

  def answer(client)
    path = client.gets.to_s.split[1]
    fields = {}
    while (line = client.gets) && line != "\r\n"
      name, value = line.chomp.split(': ', 2)
      fields[name.downcase] = value
    end
    status, more, body = yield Asked.new(path, fields)
    client.write("HTTP/1.1 #{status}\r\nContent-Length: #{body.bytesize}\r\nConnection: close\r\n#{more.map { |k, v| "#{k}: #{v}\r\n" }.join}\r\n#{body}")
    client.close
  end

  def set(kid = 'a', key = World::EC)
    point = key.public_key.to_octet_string(:uncompressed)
    JSON.generate(keys: [{ kty: 'EC', crv: 'P-256', x: World.base64(point[1, 32]), y: World.base64(point[33, 32]), kid: kid, alg: 'ES256' }])
  end

  def issuer(**more) = { issuer: World::ISSUER, algorithms: ['ES256'], audiences: [World::AUDIENCE], **more }

  def verifier(one)
    write('policy.yml', JSON.generate(version: 1, issuers: [one]))
    Batten::Verifier.new(policy: File.join(dir, 'policy.yml'))
  end

  def token(kid = 'a', **claims) = World.token(World::EC, alg: 'ES256', header: { kid: kid }, **claims)

  def refused(v, jwt)
    v.verify(jwt)
    nil
  rescue Batten::Refused => e
    e.reason
  end

  def test_no_address_is_asked_that_serves_metadata_whatever_its_name
    banned = %w[169.254.169.254 169.254.0.1 100.100.100.200 fe80::1 fd00:ec2::254 ::ffff:169.254.169.254 64:ff9b::169.254.169.254]
    banned.each do |address|
      refute Batten::Native.keys_address?(address, true), address
      status, failure = Batten::KeyFetch.carry('https://keys.example/', [], nil, nil, nil, resolver: ->(*) { [address] })
      assert_equal 0, status
      assert_match(/link-local or metadata/, failure, address)
    end
    %w[10.0.0.1 93.184.216.34 ::1].each { |address| assert Batten::Native.keys_address?(address, true), address }
    refute Batten::Native.keys_address?('10.0.0.1', false)
    assert_match(/only loopback/, Batten::KeyFetch.carry('http://keys.localhost/', [], nil, nil, nil, resolver: ->(*) { ['10.0.0.1'] })[1])
    refute Batten::Native.keys_address?('not an address', true)
    said = logged { assert_equal 'keys-unavailable', refused(verifier(issuer(keys: { jwks_url: 'https://169.254.169.254/' })), token) }
    assert_match(/link-local or metadata/, said)
  end

  def test_the_connection_goes_to_the_address_that_was_checked
    port = serve { |_| ['200 OK', {}, 'here'] }
    asked = 0
    once = ->(*) { (asked += 1) == 1 ? ['127.0.0.1'] : ['169.254.169.254'] }
    assert_equal [200, nil, 'here'], Batten::KeyFetch.carry("http://keys.localhost:#{port}/", [], nil, nil, nil, resolver: once).first(3)
    assert_equal 1, asked
  end

  def test_a_set_is_asked_for_on_condition_and_kept_when_it_is_the_same
    asked = []
    port = serve do |one|
      asked << one.fields['if-none-match']
      one.fields['if-none-match'] == '"v1"' ? ['304 Not Modified', {}, ''] : ['200 OK', { 'ETag' => '"v1"' }, set]
    end
    v = verifier(issuer(keys: { jwks_url: "http://127.0.0.1:#{port}/", refresh: '1s', cool_down: '1s' }))
    within(10) { refused(v, token).nil? && asked.length > 2 }
    assert_equal [nil, '"v1"', '"v1"'], asked.first(3)
  end

  def test_redirects_are_not_followed_and_answers_are_bounded
    paths = []
    answers = { '/moved' => ['302 Found', { 'Location' => '/set' }, ''], '/set' => ['200 OK', {}, set], '/long' => ['200 OK', {}, set + ' ' * 600_000],
                '/html' => ['200 OK', {}, '<html>'], '/busy' => ['429 Busy', { 'Retry-After' => '60' }, ''] }
    port = serve { |one| (paths << one.path) && answers.fetch(one.path) }
    { '/moved' => /a redirect to/, '/long' => /too long/, '/html' => /HTML/, '/busy' => /asks to wait 60 s/ }.each do |path, words|
      v = nil
      said = logged { v = verifier(issuer(keys: { jwks_url: "http://127.0.0.1:#{port}#{path}" })) }
      assert_match words, said
      assert_equal 'keys-unavailable', refused(v, token)
    end
    refute_includes paths, '/set'
  end

  def test_the_issuer_alone_finds_its_keys
    name = nil
    meta = ->(issuer) { ['200 OK', {}, JSON.generate(issuer: issuer, jwks_uri: "#{name}/jwks")] }
    claimed = nil
    port = serve { |one| one.path.include?('well-known') ? meta.(claimed) : ['200 OK', {}, set] }
    name = claimed = "http://127.0.0.1:#{port}/realm"
    assert_nil refused(verifier(issuer(issuer: name, discovery: true)), token(iss: name))
    claimed = "#{name}/"
    said = logged { assert_equal 'keys-unavailable', refused(verifier(issuer(issuer: name, discovery: true)), token(iss: name)) }
    assert_match(/is that of another issuer/, said)
  end

  def test_a_clusters_key_set_needs_its_authority_and_token
    key = OpenSSL::PKey::EC.generate('prime256v1')
    cert = self_signed(key)
    write('ca.pem', cert.to_pem)
    write('token', "one.two.three\n", 0o600)
    tls = OpenSSL::SSL::SSLContext.new
    tls.cert = cert
    tls.key = key
    port = serve(tls) { |one| one.fields['authorization'] == 'Bearer one.two.three' ? ['200 OK', {}, set] : ['401 No', {}, ''] }
    url = "https://127.0.0.1:#{port}/openid/v1/jwks"
    assert_nil refused(verifier(issuer(keys: { jwks_url: url, ca: 'ca.pem', bearer: '@token' })), token)
    { { ca: 'ca.pem' } => /answered 401/, { bearer: '@token' } => /certificate verify failed/ }.each do |keys, words|
      said = logged { assert_equal 'keys-unavailable', refused(verifier(issuer(keys: { jwks_url: url, **keys })), token) }
      assert_match words, said
    end
  end

  def test_a_policy_whose_tokens_only_the_daemon_asks_about_is_refused
    opaque = { issuer: 'op', audiences: ['api'], keys: { introspection: 'https://op.example/i', bearer: 'env:HOME' } }
    assert_match(/guard serve/, assert_raises(Batten::PolicyError) { verifier(opaque) }.message)
  end

  private

  def self_signed(key)
    cert = OpenSSL::X509::Certificate.new
    cert.version = 2
    cert.serial = 1
    cert.subject = cert.issuer = OpenSSL::X509::Name.parse('/CN=127.0.0.1')
    cert.public_key = key
    cert.not_before = Time.now - 60
    cert.not_after = Time.now + 3600
    made = OpenSSL::X509::ExtensionFactory.new(cert, cert)
    cert.add_extension(made.create_extension('subjectAltName', 'IP:127.0.0.1'))
    cert.add_extension(made.create_extension('basicConstraints', 'CA:TRUE', true))
    cert.sign(key, 'SHA256')
  end

  # What the gem has logged meanwhile.
  def logged
    out = StringIO.new
    before = Batten.logger
    Batten.logger = Logger.new(out)
    yield
    out.string
  ensure
    Batten.logger = before
  end
end
