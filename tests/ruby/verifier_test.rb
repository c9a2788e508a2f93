# frozen_string_literal: true

require 'fiddle'
require_relative 'helper'

class VerifierTest < BattenTest
  def test_a_good_token_gives_its_claims_as_ruby_objects
    odd = { text: "é \u{1f600} \" \\ / \n \u0001", whole: 2**70, small: -5, zero: 0, part: -1.5e-3, list: [true, false, nil, {}, []], deep: { a: [{ b: 'c' }] } }
    claims = verifier.verify(token(**odd))
    assert_equal 'user-7', claims['sub']
    odd.each { |name, value| assert_equal JSON.parse(JSON.generate([value])), [claims[name.to_s]], name }
    assert_equal Encoding::UTF_8, claims['text'].encoding
    assert claims['text'].valid_encoding?
  end

  def test_escaped_characters_are_those_that_they_stand_for
    parts = World.token(secret).split('.')
    payload = %({"iss":"#{World::ISSUER}","aud":"#{World::AUDIENCE}","exp":#{Time.now.to_i + 60},"iat":#{Time.now.to_i},"t":"\\u00e9\\ud83d\\ude00\\/\\b\\f\\n\\r\\t\\"\\\\","\\u0073ub":"x"})
    signed = "#{parts[0]}.#{World.base64(payload)}"
    claims = verifier.verify("#{signed}.#{World.base64(World.signature(secret, 'HS256', signed))}")
    assert_equal "é\u{1f600}/\b\f\n\r\t\"\\", claims['t']
    assert_equal 'x', claims['sub']
  end

  def test_each_forgery_is_refused_by_its_reason
    now = Time.now.to_i
    good = token
    head, body, signature = good.split('.')
    refusals = {
      'token-missing' => '', 'token-not-compact' => 'abc', 'alg-none' => World.token('', alg: 'none'),
      'alg-not-allowed' => World.token(World::RSA, alg: 'RS256'), 'signature-invalid' => World.token(SecureRandom.bytes(32)),
      'signature-length' => "#{head}.#{body}.#{signature[0, 20]}", 'iss-missing' => token(iss: nil), 'iss-unknown' => token(iss: 'another'),
      'aud-missing' => token(aud: nil), 'aud-mismatch' => token(aud: 'another'), 'exp-missing' => token(exp: nil),
      'expired' => token(iat: now - 900, exp: now - 300), 'not-yet-valid' => token(nbf: now + 300),
      'issued-in-future' => token(iat: now + 300), 'lifetime-too-long' => token(exp: now + 90_000),
      'header-key' => World.token(secret, header: { jwk: { kty: 'oct', k: 'AA' } }), 'crit-unknown' => World.token(secret, header: { crit: ['x'], x: 1 })
    }
    v = verifier
    refusals.each do |reason, bad|
      refused = assert_refused(reason, v, bad)
      assert_equal 401, refused.status
      assert_includes 1..23, refused.rule
      refute_includes refused.message, signature
    end
    assert_refused('token-missing', v, nil)
    assert_raises(TypeError) { v.verify(7) }
    assert v.verify(good)
  end

  def test_public_keys_verify_too
    { 'RS256' => World::RSA, 'ES256' => World::EC }.each do |alg, key|
      write('public.pem', key.public_to_pem)
      v = verifier({ algorithms: [alg], keys: { file: 'public.pem' } })
      assert_equal 'user-7', v.verify(World.token(key, alg: alg))['sub']
      assert_refused('alg-not-allowed', v, World.token(key.public_to_pem, alg: 'HS256'))
    end
  end

  def test_a_token_bound_to_a_certificate_needs_it
    certificate = OpenSSL::X509::Certificate.new
    certificate.public_key = World::RSA
    certificate.not_before = Time.now
    certificate.not_after = Time.now + 60
    certificate.sign(World::RSA, 'SHA256')
    bound = token(cnf: { 'x5t#S256': World.base64(OpenSSL::Digest::SHA256.digest(certificate.to_der)) })
    v = verifier
    assert v.verify(bound, client_certificate: certificate.to_pem)
    assert v.verify(bound, client_certificate: certificate.to_der)
    assert_refused('certificate-missing', v, bound)
  end

  def test_a_bad_policy_names_file_line_and_column
    path = write('policy.yml', "version: 1\nissuers:\n  - isuer: x\n")
    error = assert_raises(Batten::PolicyError) { Batten::Verifier.new(policy: path) }
    assert_match(/policy\.yml:3:\d+: .*isuer/, error.message)
    assert_raises(Batten::PolicyError) { Batten::Verifier.new(policy: File.join(dir, 'none.yml')) }
  end

  def test_keys_that_only_the_daemon_can_ask_for_are_refused
    path = write('policy.yml', "version: 1\nissuers:\n  - issuer: x\n    audiences: [y]\n    algorithms: [ES256]\n    keys: {pkcs11: 'pkcs11:token=t'}\n")
    error = assert_raises(Batten::PolicyError) { Batten::Verifier.new(policy: path) }
    assert_match(/pkcs11:token=t.*guard serve/, error.message)
  end

  def test_new_keys_and_revocations_count_within_a_second
    write('revoked.list', '')
    v = verifier(revocation: { file: 'revoked.list' })
    named = token(jti: 'j-1')
    assert v.verify(named)
    write('revoked.list', "jti j-1\n")
    within(1) { !accepted?(v, named) }
    assert_refused('revoked', v, named)
    other = SecureRandom.bytes(32)
    write('key.secret', other, 0o600)
    within(1) { accepted?(v, World.token(other)) }
    assert_refused('signature-invalid', v, token)
    write('key.secret', secret, 0o600)
    assert v.refresh, 'refresh takes over at once'
    assert v.verify(token)
  end

  def test_a_database_of_what_is_revoked_counts_within_a_second
    missing = assert_raises(Batten::PolicyError) { verifier(revocation: { sqlite: 'revoked.db' }) }
    assert_match(/revoked\.db: what is revoked cannot be read/, missing.message)
    %w[delete wal].each do |mode|
      database = SQLite3::Database.new(File.join(dir, 'revoked.db'))
      database.execute("PRAGMA journal_mode=#{mode}")
      database.execute_batch(Batten::REVOKED_SCHEMA)
      v = verifier(revocation: { sqlite: 'revoked.db' })
      ours, theirs = token(jti: 'j-1', sub: "o'\"\n"), token(jti: 'j-2', sub: 'other')
      { 'jti' => 'j-1', 'sub' => "o'\"\n", 'issued-before' => Time.now.to_i + 60 }.each do |kind, value|
        assert accepted?(v, ours) && accepted?(v, theirs)
        database.execute('INSERT INTO revoked VALUES (?, ?, ?, NULL)', [kind, value, 'another issuer'])
        database.execute('INSERT INTO revoked VALUES (?, ?, ?, ?)', [kind, value, World::ISSUER, Time.now.to_f + 60])
        mode == 'wal' ? within(1) { !accepted?(v, ours) } : assert(v.refresh)
        assert_equal [false, false], [accepted?(v, ours), v.refresh]
        assert_equal kind != 'issued-before', accepted?(v, theirs)
        database.execute('DELETE FROM revoked')
        assert v.refresh
      end
      database.close
    end
  end

  def test_a_database_that_broke_leaves_what_it_said
    log = StringIO.new
    Batten.logger = Logger.new(log)
    path = File.join(dir, 'revoked.db')
    revoke = lambda do |jti|
      SQLite3::Database.new(path) do |db|
        db.execute_batch(Batten::REVOKED_SCHEMA)
        db.execute("INSERT INTO revoked (kind, value) VALUES ('jti', ?)", [jti])
      end
    end
    revoke.('j-1')
    v = verifier(revocation: { sqlite: 'revoked.db' })
    ours, theirs = token(jti: 'j-1'), token(jti: 'j-2')
    assert_equal [false, true], [ours, theirs].map { |t| accepted?(v, t) }
    write('revoked.db', 'no database ' * 1000)
    4.times { refute v.refresh }
    assert_equal 1, log.string.scan('what is revoked cannot be read').length
    assert_equal [false, true], [ours, theirs].map { |t| accepted?(v, t) }
    assert_raises(Batten::PolicyError) { verifier(revocation: { sqlite: 'revoked.db' }) }
    File.unlink(path)
    revoke.('j-2')
    assert v.refresh
    assert_equal [true, false], [ours, theirs].map { |t| accepted?(v, t) }
  ensure
    Batten.logger = Logger.new(File::NULL)
  end

  def test_a_child_process_follows_the_database_with_a_connection_of_its_own
    database = SQLite3::Database.new(File.join(dir, 'revoked.db'))
    database.execute('PRAGMA journal_mode=wal')
    database.execute_batch(Batten::REVOKED_SCHEMA)
    v = verifier(revocation: { sqlite: 'revoked.db' })
    named = token(jti: 'j-1')
    assert accepted?(v, named)
    reader, writer = IO.pipe
    child = fork do
      writer.puts('begun')
      deadline = Process.clock_gettime(Process::CLOCK_MONOTONIC) + 5
      sleep 0.01 while accepted?(v, named) && Process.clock_gettime(Process::CLOCK_MONOTONIC) < deadline
      exit!(accepted?(v, named) ? 1 : 0)
    end
    reader.gets
    database.execute("INSERT INTO revoked (kind, value) VALUES ('jti', 'j-1')")
    within(1) { !accepted?(v, named) }
    assert_predicate Process.wait2(child).last, :success?
  end

  def test_eight_threads_verify_while_the_keys_change
    sets = Array.new(2) { |i| [SecureRandom.bytes(32), "k#{i}"] }
    keep = [SecureRandom.bytes(32), 'keep']
    rotate = ->(n) { write('set.jwks', JSON.generate(keys: [keep, sets[n % 2]].map { |k, kid| { kty: 'oct', k: World.base64(k), kid: kid, alg: 'HS256' } }), 0o600) }
    rotate.(0)
    v = verifier({ keys: { file: 'set.jwks' } })
    good, bad = World.token(keep[0], header: { kid: 'keep' }), World.token(secret, header: { kid: 'keep' })
    rotating = sets.map { |key, kid| World.token(key, header: { kid: kid }) }
    done = false
    changer = Thread.new { 40.times { |n| rotate.(n); v.refresh; sleep 0.005 } }
    counts = Array.new(8) do
      Thread.new do
        n = 0
        until done
          raise 'a good token was refused' unless accepted?(v, good)
          raise 'a forged token was accepted' if accepted?(v, bad)

          rotating.each { |t| accepted?(v, t) }
          n += 1
          Thread.pass
        end
        n
      end
    end
    changer.join
    done = true
    assert counts.map(&:value).all?(&:positive?)
  end

  def test_keys_come_from_a_url_and_again_when_a_token_names_an_unknown_one
    keys = [World::EC, OpenSSL::PKey::EC.generate('prime256v1')]
    jwks = ->(n) { JSON.generate(keys: keys.first(n).each_with_index.map { |key, i| ec_jwk(key, "k#{i}") }) }
    served = jwks.(1)
    server = serve { ['200 OK', served] }
    v = verifier({ algorithms: ['ES256'], keys: { jwks_url: "http://127.0.0.1:#{server}/jwks", cool_down: '1s' } })
    assert v.verify(World.token(keys[0], alg: 'ES256', header: { kid: 'k0' })), 'loaded before the first call'
    served = jwks.(2)
    second = World.token(keys[1], alg: 'ES256', header: { kid: 'k1' })
    assert_refused('kid-unknown', v, second)
    within(5) { accepted?(v, second) }
  end

  def test_without_keys_the_status_is_503
    server = serve { ['500 Oops', ''] }
    v = verifier({ algorithms: ['ES256'], keys: { jwks_url: "http://127.0.0.1:#{server}/jwks" } })
    refused = assert_refused('keys-unavailable', v, World.token(World::EC, alg: 'ES256'))
    assert_equal 503, refused.status
  end

  def test_collecting_garbage_at_every_allocation_changes_nothing
    v = verifier
    good, bad = token(list: ['x' * 100, { a: "\u{1f600}" }]), token(aud: 'x')
    want = v.verify(good)
    stressed do
      2.times do
        assert_equal want, v.verify(good)
        assert_refused('aud-mismatch', v, bad)
      end
      Batten::Verifier.new(policy: File.join(dir, 'policy.yml')).verify(good)
    end
  end

  def test_refusals_leave_no_memory_behind
    v = verifier
    bad = [token(aud: 'x'), 'rubbish', World.token('x' * 32)]
    work = -> { 10_000.times { |i| accepted?(v, bad[i % 3]) } }
    assert_operator growth(work), :<, 512, 'KiB'
  end

  # The allocator keeps the most that was ever in use, so not much is at once.
  def test_abandoned_verifiers_and_bad_policies_leave_no_memory_behind
    path = policy
    good = token
    work = lambda do
      25.times do |i|
        Batten::Verifier.new(policy: path).verify(good)
        assert_raises(Batten::PolicyError) { Batten::Native::Policy.build({ issuers: [{ issuer: 'x' }] }, 'short', 0) }
        GC.start if (i % 5).zero?
      end
    end
    assert_operator growth(work), :<, 512, 'KiB'
  end

  def test_a_child_process_verifies_too
    v = verifier
    t = token
    reader, writer = IO.pipe
    pid = fork do
      writer.write(v.verify(t)['sub'])
      writer.close
      exit!(0)
    end
    writer.close
    assert_equal 'user-7', reader.read
    Process.wait(pid)
  end

  private

  def accepted?(verifier, token)
    verifier.verify(token)
    true
  rescue Batten::Refused
    false
  end

  def stressed
    GC.stress = true
    yield
  ensure
    GC.stress = false
  end

  # In KiB, over six rounds, once two have set the level.
  # KiB that are in use after the work and were not before: C's and Ruby's, not what either heap keeps for later.
  def growth(work)
    2.times { work.call }
    before = in_use
    6.times { work.call }
    in_use - before
  end

  def in_use
    3.times { GC.start }
    (allocated + GC.stat(:heap_live_slots) * GC::INTERNAL_CONSTANTS[:RVALUE_SIZE]) / 1024
  end

  # malloc_info(3): what the arenas hold, less what is free in them, and what was mapped by itself.
  def allocated
    path = File.join(dir, 'malloc')
    stream = C[:fopen].call(path, 'w')
    C[:malloc_info].call(0, stream)
    C[:fclose].call(stream)
    whole = File.read(path).rpartition('</heap>').last
    size = ->(tag, type) { whole[/<#{tag} type="#{type}"[^>]* size="(\d+)"/, 1].to_i }
    size.('system', 'current') + size.('total', 'mmap') - size.('total', 'fast') - size.('total', 'rest')
  end

  C = {
    fopen: [[Fiddle::TYPE_VOIDP, Fiddle::TYPE_VOIDP], Fiddle::TYPE_VOIDP],
    malloc_info: [[Fiddle::TYPE_INT, Fiddle::TYPE_VOIDP], Fiddle::TYPE_INT],
    fclose: [[Fiddle::TYPE_VOIDP], Fiddle::TYPE_INT]
  }.to_h { |name, (takes, gives)| [name, Fiddle::Function.new(Fiddle::Handle::DEFAULT[name.to_s], takes, gives)] }

  def ec_jwk(key, kid)
    point = key.public_key.to_octet_string(:uncompressed)
    { kty: 'EC', crv: 'P-256', x: World.base64(point[1, 32]), y: World.base64(point[33, 32]), kid: kid, alg: 'ES256' }
  end

  # A server that answers each connection once; its port.
  def serve
    server = TCPServer.new('127.0.0.1', 0)
    @server = Thread.new do
      loop do
        client = server.accept
        nil while (line = client.gets) && line != "\r\n"
        status, body = yield
        client.write("HTTP/1.1 #{status}\r\nContent-Length: #{body.bytesize}\r\nConnection: close\r\n\r\n#{body}")
        client.close
      end
    end
    server.addr[1]
  end
end
