using Microsoft.Data.Sqlite;

namespace AeroGrid.ApiServer.Storage;

/// <summary>
/// The SQLite file. One table is both the log and the state: each change is a row, and a row says from which revision to which it held. The
/// state at revision R is therefore <c>revision &lt;= R AND (next IS NULL OR next &gt; R)</c>, for every R that is not compacted.
/// </summary>
internal static class Database
{
    /// <summary>Version of the schema, kept in <c>user_version</c>.</summary>
    private const int SchemaVersion = 1;

    // A deletion is a row whose next is its own revision: no state ever contains it, and compaction removes it like any other past row.
    // The value is the last column, so that scans which skip it do not read its overflow pages.
    private const string Schema =
        """
        CREATE TABLE revisions (
            revision INTEGER PRIMARY KEY,
            resource TEXT NOT NULL,
            namespace TEXT NOT NULL,
            name TEXT NOT NULL,
            previous INTEGER NOT NULL,    -- the revision that this one replaced; 0 for a creation
            next INTEGER,                 -- the revision that replaced this one; NULL while this is the present state
            terminating INTEGER NOT NULL, -- 1 when the object is being deleted
            value BLOB                    -- NULL for a deletion
        ) STRICT;
        CREATE UNIQUE INDEX present ON revisions (resource, namespace, name) WHERE next IS NULL;
        CREATE INDEX history ON revisions (resource, namespace, name, revision);
        CREATE INDEX past ON revisions (next) WHERE next IS NOT NULL;
        CREATE INDEX going ON revisions (revision) WHERE terminating = 1 AND next IS NULL;
        CREATE TABLE owners (
            resource TEXT NOT NULL,
            namespace TEXT NOT NULL,
            name TEXT NOT NULL,
            uid TEXT NOT NULL,         -- of an owner in the present state
            PRIMARY KEY (resource, namespace, name, uid)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX owned ON owners (uid);
        CREATE TABLE reserve (space BLOB NOT NULL) STRICT; -- given up so that objects can be removed when the disk is full
        INSERT INTO reserve VALUES (zeroblob(131072));
        CREATE TABLE compaction (revision INTEGER NOT NULL) STRICT; -- one row: states before this revision are gone
        INSERT INTO compaction VALUES (0);
        """;

    /// <summary>Path of the file in a folder.</summary>
    public static string FileIn(string folder) => Path.Combine(folder, "objects.db");

    /// <summary>Opens the writing connection and creates what is missing.</summary>
    /// <exception cref="InvalidOperationException">The file is of a newer AeroGrid.</exception>
    public static SqliteConnection OpenWriter(StoreOptions options)
    {
        var connection = Open(options.Folder, SqliteOpenMode.ReadWriteCreate);
        try
        {
            // FULL: the log is synced before a commit returns, so an acknowledged write survives the loss of power.
            Execute(connection, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 2000; PRAGMA journal_size_limit = 67108864;");
            if (options.MaximumPages is { } pages)
            {
                Execute(connection, $"PRAGMA max_page_count = {pages};");
            }

            switch (Scalar(connection, "PRAGMA user_version"))
            {
                case 0:
                    Execute(connection, $"BEGIN; {Schema} PRAGMA user_version = {SchemaVersion}; COMMIT;");
                    break;
                case SchemaVersion:
                    break;
                case var newer:
                    throw new InvalidOperationException(
                        $"{FileIn(options.Folder)} has schema version {newer}, this program knows {SchemaVersion}: it was written by a newer AeroGrid. Update the program.");
            }

            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>Opens a reading connection.</summary>
    public static SqliteConnection OpenReader(string folder)
    {
        var connection = Open(folder, SqliteOpenMode.ReadWrite);
        Execute(connection, "PRAGMA query_only = 1; PRAGMA cache_size = -4096;");
        return connection;
    }

    /// <summary>Runs statements without parameters.</summary>
    public static void Execute(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    /// <summary>The one number that a query returns; 0 for null.</summary>
    public static long Scalar(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return command.ExecuteScalar() is long value ? value : 0;
    }

    private static SqliteConnection Open(string folder, SqliteOpenMode mode)
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder
        {
            DataSource = FileIn(folder),
            Mode = mode,
            Pooling = false,
            DefaultTimeout = 30,
        }.ToString());
        connection.Open();
        return connection;
    }
}
