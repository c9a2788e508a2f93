# frozen_string_literal: true

require 'fileutils'
require 'json'
require 'open3'
require 'securerandom'

# A runc container for one side: the host's programs read-only, the lab's own files, a fake service-account token where
# Kubernetes would mount a real one. Nobody's user, no capability, no new privilege; the host's network, on loopback.
module Container
  APP = File.expand_path('../app', __dir__)
  PUMA = %w[puma --config /dev/null --threads 24:24 --environment production config.ru --bind].freeze
  PROGRAMS = %w[/usr /bin /sbin /lib /lib64].freeze
  ETC = %w[alternatives group hosts ld.so.cache localtime passwd].freeze
  ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount'
  NOBODY = 65_534

  class << self
    def possible?
      Process.uid.zero? && system('runc', '--version', out: File::NULL, err: File::NULL)
    end

    def start(side, input, log)
      bundle = File.join(side.directory, 'bundle')
      @root = File.join(bundle, 'rootfs')
      prepare(side, bundle)
      File.write(File.join(bundle, 'config.json'), JSON.pretty_generate(config(side, bundle)))
      Process.spawn('runc', '--root', runc_root(side), 'run', '--bundle', bundle, side.container_id,
                    in: input, %i[out err] => log)
    end

    def kill(side) = runc(side, 'kill', side.container_id, 'KILL')
    def remove(side) = runc(side, 'delete', '--force', side.container_id)

    private

    def runc(side, *words) = system('runc', '--root', runc_root(side), *words, out: File::NULL, err: File::NULL)
    def runc_root(side) = File.join(side.directory, 'runc')

    # The application is copied: nobody's user may not be allowed to walk to the checkout.
    def prepare(side, bundle)
      FileUtils.mkdir_p([@root, File.join(bundle, 'account')])
      FileUtils.cp_r(APP, File.join(bundle, 'app'))
      FileUtils.chmod_R('a+rX', File.join(bundle, 'app'))
      FileUtils.chown(NOBODY, NOBODY, side.state)
      File.write(File.join(bundle, 'account', 'token'), fake_token)
      File.write(File.join(bundle, 'account', 'namespace'), 'lab')
      %w[proc dev tmp state lab etc].each { |name| FileUtils.mkdir_p(File.join(@root, name)) }
      PROGRAMS.each { |path| FileUtils.ln_s(File.readlink(path), @root + path) if File.symlink?(path) }
    end

    # In the shape of a service-account token, of a cluster that does not exist, signed by nobody.
    def fake_token
      parts = [{ alg: 'RS256', kid: 'fake' },
               { iss: 'https://kubernetes.default.svc.lab.invalid', sub: 'system:serviceaccount:lab:api', note: 'fake' }]
      (parts.map { |part| base64(JSON.generate(part)) } << base64(SecureRandom.random_bytes(256))).join('.')
    end

    def base64(bytes) = [bytes].pack('m0').tr('+/', '-_').delete('=')

    def config(side, bundle)
      { ociVersion: '1.0.2', hostname: "lab-#{side.name}", process: process(side), root: { path: 'rootfs', readonly: true },
        mounts: mounts(side, bundle),
        linux: { namespaces: %w[pid ipc uts mount].map { |type| { type: type } },
                 maskedPaths: %w[/proc/kcore /proc/keys /proc/sysrq-trigger], readonlyPaths: %w[/proc/sys] } }
    end

    def process(side)
      environment = side.environment.merge('LAB_STATE' => '/state', 'LAB_CONTAINED' => 'yes', 'HOME' => '/tmp',
                                           'PATH' => '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin')
      none = %w[bounding effective inheritable permitted ambient].to_h { |set| [set, []] }
      { terminal: false, cwd: '/lab', user: { uid: NOBODY, gid: NOBODY }, noNewPrivileges: true, capabilities: none,
        args: PUMA + ["tcp://127.0.0.1:#{side.port}"], env: environment.map { |pair| pair.join('=') },
        rlimits: [%w[RLIMIT_NOFILE 1024], %w[RLIMIT_CORE 0]].map { |type, n| { type: type, hard: n.to_i, soft: n.to_i } } }
    end

    def mounts(side, bundle)
      programs = PROGRAMS.select { |path| File.directory?(path) && !File.symlink?(path) }.map { |path| bind(path, path) }
      etc = ETC.map { |name| "/etc/#{name}" }.select { |path| File.exist?(path) }.map { |path| bind(File.realpath(path), path) }
      [{ destination: '/proc', type: 'proc', source: 'proc', options: %w[nosuid noexec nodev] },
       { destination: '/dev', type: 'tmpfs', source: 'tmpfs', options: %w[nosuid strictatime mode=755 size=64k] },
       { destination: '/tmp', type: 'tmpfs', source: 'tmpfs', options: %w[nosuid nodev noexec mode=1777 size=16m] },
       *programs, *etc, bind(File.join(bundle, 'app'), '/lab'), bind(File.join(bundle, 'account'), ACCOUNT),
       bind(side.state, '/state', 'rw')]
    end

    def bind(source, destination, access = 'ro')
      { destination: destination, type: 'bind', source: source, options: ['rbind', access, 'nosuid', 'nodev'] }
    end
  end
end
