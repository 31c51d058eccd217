using Microsoft.Data.Sqlite;

namespace AeroGrid.ApiServer.Storage;

/// <summary>The statements of the writing connection. Used by the writer's thread only.</summary>
internal sealed class WriteTransaction : IDisposable
{
    private readonly SqliteConnection _connection;
    private readonly SqliteCommand _begin;
    private readonly SqliteCommand _commit;
    private readonly SqliteCommand _rollback;
    private readonly SqliteCommand _present;
    private readonly SqliteCommand _supersede;
    private readonly SqliteCommand _insert;
    private readonly SqliteCommand _ownersOf;
    private readonly SqliteCommand _addOwner;
    private readonly SqliteCommand _removeOwner;
    private readonly SqliteCommand _resources;
    private readonly SqliteCommand _inNamespace;
    private readonly SqliteCommand _setCompacted;
    private readonly SqliteCommand _removePast;
    private readonly SqliteCommand _spendReserve;
    private readonly SqliteCommand _restoreReserve;

    public WriteTransaction(SqliteConnection connection)
    {
        _connection = connection;
        _begin = Prepare("BEGIN IMMEDIATE");
        _commit = Prepare("COMMIT");
        _rollback = Prepare("ROLLBACK");
        _present = Prepare(
            "SELECT revision FROM revisions WHERE resource = $resource AND namespace = $namespace AND name = $name AND next IS NULL",
            "$resource", "$namespace", "$name");
        _supersede = Prepare("UPDATE revisions SET next = $next WHERE revision = $revision", "$next", "$revision");
        _insert = Prepare(
            "INSERT INTO revisions VALUES ($revision, $resource, $namespace, $name, $previous, $next, $terminating, $value)",
            "$revision", "$resource", "$namespace", "$name", "$previous", "$next", "$terminating", "$value");
        _ownersOf = Prepare(
            "SELECT uid FROM owners WHERE resource = $resource AND namespace = $namespace AND name = $name", "$resource", "$namespace", "$name");
        _addOwner = Prepare("INSERT INTO owners VALUES ($resource, $namespace, $name, $uid)", "$resource", "$namespace", "$name", "$uid");
        _removeOwner = Prepare(
            "DELETE FROM owners WHERE resource = $resource AND namespace = $namespace AND name = $name AND uid = $uid",
            "$resource", "$namespace", "$name", "$uid");
        _resources = Prepare("SELECT DISTINCT resource FROM revisions WHERE next IS NULL");
        _inNamespace = Prepare(
            "SELECT EXISTS (SELECT 1 FROM revisions WHERE resource = $resource AND namespace = $namespace AND next IS NULL)",
            "$resource", "$namespace");
        _setCompacted = Prepare("UPDATE compaction SET revision = $revision", "$revision");
        _removePast = Prepare(
            "DELETE FROM revisions WHERE revision IN (SELECT revision FROM revisions WHERE next <= $revision LIMIT $limit)", "$revision", "$limit");
        _spendReserve = Prepare("DELETE FROM reserve");
        _restoreReserve = Prepare("INSERT INTO reserve SELECT zeroblob(131072) WHERE NOT EXISTS (SELECT 1 FROM reserve)");
        Revision = Database.Scalar(connection, "SELECT max(revision) FROM revisions");
    }

    /// <summary>The newest revision, including those of the open transaction.</summary>
    public long Revision { get; private set; }

    /// <summary>Begins a transaction.</summary>
    public void Begin() => _begin.ExecuteNonQuery();

    /// <summary>Commits: what was written is on disk when this returns.</summary>
    public void Commit() => _commit.ExecuteNonQuery();

    /// <summary>Undoes the open transaction, if SQLite has not done so itself.</summary>
    public void Rollback(long revisionBefore)
    {
        Revision = revisionBefore;
        if (SQLitePCL.raw.sqlite3_get_autocommit(_connection.Handle) == 0)
        {
            _rollback.ExecuteNonQuery();
        }
    }

    /// <summary>Carries out one write, if it still fits.</summary>
    public MutationResult Apply(Mutation mutation)
    {
        if (PresentRevision(mutation.Key) != (mutation.Current?.Revision ?? 0))
        {
            return new MutationResult(MutationOutcome.Conflict, 0);
        }

        if (!Holds(mutation))
        {
            return new MutationResult(MutationOutcome.Refused, 0);
        }

        var revision = Revision + 1;
        if (mutation.Current is { } current)
        {
            Run(_supersede, revision, current.Revision);
        }

        var key = mutation.Key;
        Run(
            _insert,
            revision,
            key.Resource,
            key.Namespace,
            key.Name,
            mutation.Current?.Revision ?? 0,
            mutation.Value is null ? revision : DBNull.Value,
            mutation is { IsTerminating: true, Value: not null } ? 1 : 0,
            (object?)mutation.Value ?? DBNull.Value);
        UpdateOwners(mutation);
        Revision = revision;
        return new MutationResult(MutationOutcome.Stored, revision);
    }

    /// <summary>Removes at most so many rows that no state since a revision contains, and returns how many there were.</summary>
    public int Compact(long revision, int limit)
    {
        // The newest row stays even when it is a deletion: the counter continues from it after a restart.
        var kept = Math.Min(revision, Revision - 1);
        Run(_setCompacted, kept);
        return Run(_removePast, kept, limit);
    }

    /// <summary>Frees the space that is kept for removing objects from a full database.</summary>
    public void SpendReserve() => Run(_spendReserve);

    /// <summary>Takes that space again.</summary>
    public void RestoreReserve() => Run(_restoreReserve);

    public void Dispose()
    {
        foreach (var command in (SqliteCommand[])
            [_begin, _commit, _rollback, _present, _supersede, _insert, _ownersOf, _addOwner, _removeOwner, _resources, _inNamespace, _setCompacted, _removePast, _spendReserve, _restoreReserve])
        {
            command.Dispose();
        }

        _connection.Dispose();
    }

    private static int Run(SqliteCommand command, params ReadOnlySpan<object> values)
    {
        for (var i = 0; i < values.Length; i++)
        {
            command.Parameters[i].Value = values[i];
        }

        return command.ExecuteNonQuery();
    }

    private long PresentRevision(ObjectKey key)
    {
        _present.Parameters[0].Value = key.Resource;
        _present.Parameters[1].Value = key.Namespace;
        _present.Parameters[2].Value = key.Name;
        return _present.ExecuteScalar() is long revision ? revision : 0;
    }

    private bool Holds(Mutation mutation) => mutation.Guard switch
    {
        MutationGuard.NamespaceExists => PresentRevision(new ObjectKey("namespaces", "", mutation.Key.Namespace)) != 0,
        MutationGuard.NamespaceIsEmpty => !AnyIn(mutation.Key.Name),
        _ => true,
    };

    private bool AnyIn(string namespaceName)
    {
        var resources = new List<string>();
        using (var row = _resources.ExecuteReader())
        {
            while (row.Read())
            {
                resources.Add(row.GetString(0));
            }
        }

        foreach (var resource in resources)
        {
            _inNamespace.Parameters[0].Value = resource;
            _inNamespace.Parameters[1].Value = namespaceName;
            if ((long)_inNamespace.ExecuteScalar()! != 0)
            {
                return true;
            }
        }

        return false;
    }

    private void UpdateOwners(Mutation mutation)
    {
        var key = mutation.Key;
        var before = mutation.Current is null ? [] : OwnersOf(key);
        var after = mutation.Value is null ? [] : mutation.OwnerUids;
        foreach (var uid in before.Except(after))
        {
            Run(_removeOwner, key.Resource, key.Namespace, key.Name, uid);
        }

        foreach (var uid in after.Except(before))
        {
            Run(_addOwner, key.Resource, key.Namespace, key.Name, uid);
        }
    }

    private List<string> OwnersOf(ObjectKey key)
    {
        _ownersOf.Parameters[0].Value = key.Resource;
        _ownersOf.Parameters[1].Value = key.Namespace;
        _ownersOf.Parameters[2].Value = key.Name;
        var result = new List<string>();
        using var row = _ownersOf.ExecuteReader();
        while (row.Read())
        {
            result.Add(row.GetString(0));
        }

        return result;
    }

    private SqliteCommand Prepare(string sql, params string[] parameters)
    {
        var command = _connection.CreateCommand();
        command.CommandText = sql;
        foreach (var name in parameters)
        {
            command.Parameters.Add(new SqliteParameter { ParameterName = name });
        }

        return command;
    }
}
