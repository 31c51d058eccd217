using System.Diagnostics;
using Microsoft.Data.Sqlite;

namespace AeroGrid.Bench.ApiServer;

/// <summary>What SQLite itself does on this machine: the limit of durable writes and of reading.</summary>
internal static class BareSqlite
{
    private const int Clients = 16;

    /// <summary>Inserts of 1 KiB, as many per transaction as there are clients, synced at each commit.</summary>
    public static double DurableInsertsPerSecond(string folder)
    {
        using var connection = new SqliteConnection($"Data Source={Path.Combine(folder, "bare.db")};Pooling=False");
        connection.Open();
        Execute(connection, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE t (id INTEGER PRIMARY KEY, value BLOB)");
        using var insert = connection.CreateCommand();
        insert.CommandText = "INSERT INTO t (value) VALUES ($value)";
        insert.Parameters.AddWithValue("$value", new byte[1024]);
        var watch = Stopwatch.StartNew();
        var count = 0;
        while (watch.Elapsed < TimeSpan.FromSeconds(3))
        {
            using var transaction = connection.BeginTransaction();
            insert.Transaction = transaction;
            for (var i = 0; i < Clients; i++)
            {
                insert.ExecuteNonQuery();
            }

            transaction.Commit();
            count += Clients;
        }

        return count / watch.Elapsed.TotalSeconds;
    }

    /// <summary>Time to read the values of a resource from the server's own file.</summary>
    public static TimeSpan Read(string folder, string resource)
    {
        using var connection = new SqliteConnection($"Data Source={Path.Combine(folder, "data", "objects.db")};Mode=ReadOnly;Pooling=False");
        connection.Open();
        using var select = connection.CreateCommand();
        select.CommandText = "SELECT value FROM revisions WHERE resource = $resource AND next IS NULL";
        select.Parameters.AddWithValue("$resource", resource);
        var watch = Stopwatch.StartNew();
        using var row = select.ExecuteReader();
        while (row.Read())
        {
            _ = row.GetFieldValue<byte[]>(0);
        }

        return watch.Elapsed;
    }

    private static void Execute(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}
