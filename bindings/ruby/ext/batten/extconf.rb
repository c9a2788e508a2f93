# frozen_string_literal: true

# Compiles libbatten into the extension, from the sources beside it (a packed gem: ext/batten/libbatten) or from the
# repository. Needs the development files of OpenSSL 3 and libfyaml.
require 'mkmf'

here = __dir__
home = [File.join(here, 'libbatten'), File.expand_path('../../../..', here)].find { |dir| File.exist?(File.join(dir, 'include/batten/batten.h')) }
abort 'batten: the sources of libbatten are missing: build the gem with bindings/ruby/build' unless home

# The list of files is Meson's, so that there is one.
sources = %w[base token sinks].flat_map do |mod|
  dir = File.join(home, 'src', mod)
  File.read(File.join(dir, 'meson.build')).scan(/^library_sources \+= files\((.*?)\)/m).flatten.join.scan(/'([^']+\.c)'/).map { |(name)| File.join(dir, name) }
end
abort "batten: #{home}/src names no sources" if sources.empty?
version = File.read(File.join(here, '../../lib/batten/version.rb'))[/VERSION = '([^']+)'/, 1] or abort 'batten: no version'

{ 'libcrypto' => 'libssl-dev', 'libfyaml' => 'libfyaml-dev' }.each do |library, package|
  pkg_config(library) or abort "batten: #{library} is not found by pkg-config: install #{package} and pkg-config"
end
have_library('m')
have_library('pthread')

$srcs = Dir[File.join(here, '*.c')].sort + sources
$objs = $srcs.map { |path| "#{File.basename(path, '.c')}.o" }
abort 'batten: two source files have one name' unless $objs.uniq.length == $objs.length
$VPATH.concat(%w[base token sinks].map { |mod| File.join(home, 'src', mod) })
$INCFLAGS << " -I#{here} -I#{File.join(home, 'include')} -I#{File.join(home, 'src')}"
# libbatten defines its own feature level and takes Ruby's warnings from nobody.
$warnflags = '-Wall -Wextra -Wno-unused-parameter'
$CFLAGS << ' -std=gnu17 -O3 -fvisibility=hidden -fstack-protector-strong'
$defs << '-D_GNU_SOURCE' << "-DBATTEN_VERSION='\"#{version}\"'"
# Only Ruby's entry is seen from outside: another copy of libbatten in the process stays another.
$DLDFLAGS << ' -Wl,--exclude-libs,ALL -Wl,-z,relro -Wl,-z,now'

create_makefile('batten/batten')
