# frozen_string_literal: true

begin
  require 'sqlite3'
rescue LoadError
  raise Batten::PolicyError, '`revocation: {sqlite: ...}` needs the gem sqlite3: add it to the Gemfile, or name a file'
end

module Batten
  # Reads what is revoked from SQLite, by the gem that the application uses too: two copies of SQLite in one process would
  # take each other's locks on one file.
  class RevokedDatabase
    FAILURES_TOLD = 3 # a writer in the way is gone the next time; what lasts is told of, once

    def initialize(policy, path)
      @policy = policy
      @path = path
      @lock = Mutex.new
      @failures = 0
      @left = []
    end

    # The first time, before the policy is used.
    def load
      taken, problems = @policy.set_revoked(read(2000))
      raise PolicyError, problems.strip unless taken
    rescue SQLite3::Exception, SystemCallError => e
      raise PolicyError, failure(e)
    end

    # @return [Boolean] whether something was taken over
    def refresh
      return false unless @lock.try_lock

      begin
        return false if current?

        taken, problems = @policy.set_revoked(read(0))
        @failures = 0
        @policy.notice(problems) unless problems.empty?
        taken
      rescue SQLite3::Exception, SystemCallError => e
        @policy.notice("#{failure(e)}; the last good list stays") if (@failures += 1) == FAILURES_TOLD
        @seen = nil
        false
      ensure
        @lock.unlock
      end
    end

    private

    def failure(error) = "#{@path}: what is revoked cannot be read: #{error.message}"

    def current?
      now = stamp
      let_go if @owner != Process.pid || !now || now.first != @seen&.first
      return false unless @seen && now

      @db ? version == @version : now == @seen
    end

    # Another file by this name, or another process: a connection of before a fork must not even be closed here.
    def let_go
      return unless @db

      @owner == Process.pid ? @db.close : @left << @db
      @db = @seen = nil
    end

    # The version is asked for before the rows, so that a change in between is seen again rather than missed.
    def read(wait)
      @owner = Process.pid
      @seen = stamp or raise Errno::ENOENT, @path
      @db ||= open_database(@path, readonly: true)
      @db.busy_timeout(wait)
      @version = version
      rows(@db)
    rescue SQLite3::CantOpenException, SQLite3::ReadOnlyException
      @db&.close
      @db = nil
      read_unwritten
    rescue SQLite3::Exception
      @db&.close
      @db = nil
      raise
    end

    # A write-ahead log that nobody has open, in a folder where none can be made: the file is all there is.
    def read_unwritten
      raise SQLite3::CantOpenException, 'it cannot be opened' if !@seen || @seen.last

      escaped = @path.b.gsub(/[?#%]/n) { |c| format('%%%02X', c.ord) }.force_encoding(@path.encoding)
      flags = SQLite3::Constants::Open::READONLY | SQLite3::Constants::Open::URI
      db = open_database("file://#{escaped}?immutable=1", flags: flags)
      rows(db).tap { raise SQLite3::BusyException, 'it changed while it was read' if stamp != @seen }
    ensure
      db&.close
    end

    # Whoever may write to it may write its schema, too.
    def open_database(path, **how) = SQLite3::Database.new(path, **how).tap { |db| db.execute('PRAGMA trusted_schema = OFF') }

    def version = @db.get_first_value('PRAGMA data_version')
    def rows(database) = database.execute(Native.revoked_query).map { |row| "#{row.first}\n" }.join

    # Without opening the file: closing it would drop SQLite's locks.
    def stamp
      stat = File.stat(@path)
      [stat.ino, stat.size, stat.mtime, File.exist?("#{@path}-wal")]
    rescue SystemCallError
      nil
    end
  end
end
