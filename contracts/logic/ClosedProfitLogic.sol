// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {LibBit} from "solady/src/utils/LibBit.sol";
import {FixedMath} from "../libraries/FixedMath.sol";
import {Account} from "../types/Account.sol";
import {ClosedPool, ClosedProfit} from "../types/ClosedProfit.sol";
import {Ledger} from "../types/Ledger.sol";
import {CashLogic} from "./CashLogic.sol";

/// @title Closed profit within reach of a charge
/// @notice Mechanism sections 6 and 8: profit that has not matured is not owned yet, so selling a winning position to oneself before a
/// liquidation does not take its profit out of reach. What a directional position realises joins a pool of its market, side and half
/// maturity; the pools of the present half and of the one before pay a deficit like tranches, and what they may be charged cannot be
/// withdrawn. At most one maturity after it was realised, profit is out of reach.
/// @dev Halves and not whole maturities, so that what is in reach is still maturing, whenever in its half it was realised. A pool
/// keeps one factor, an account the factor it has seen: the cost of a charge does not depend on who is in the pool. What a record is
/// worth rounds down, so what accounts pay together is at least what was charged; the dust is the ledger's.
library ClosedProfitLogic {
    using SafeCast for uint256;
    using CashLogic for Account;

    /// @notice An account's closed profit as it stands after a touch.
    /// @param pool as in ClosedProfitCharged
    /// @param amount quote, WAD
    event ClosedProfitChanged(
        uint32 indexed account,
        uint8 indexed market,
        bool indexed short,
        uint256 pool,
        uint256 amount
    );
    /// @notice What pools were charged has left an account's cash.
    /// @param charged quote, WAD, rounded up
    event ClosedProfitSettled(uint32 indexed account, uint8 indexed market, uint256 charged);
    /// @notice A pool's part in a deleveraging.
    /// @param pool start << 40 | span << 8 | generation
    /// @param charged quote, WAD
    /// @param amount left of its profit, quote, WAD
    /// @param factor after it, 1e24
    event ClosedProfitCharged(
        uint8 indexed market,
        bool indexed short,
        uint256 indexed pool,
        uint256 charged,
        uint256 amount,
        uint256 factor
    );

    uint256 internal constant ONE = 1e24;

    /// @dev Below this factor new profit goes to a fresh generation, and what is left of the old one is dust.
    uint256 internal constant SMALLEST_FACTOR = 1e15;

    /// @notice Books a profit or a loss: settles what the market's pools were charged, adds `gained`, or burns a net loss off what
    /// is there, as losses eat maturing profit.
    /// @param short side of the position that was reduced
    /// @param net change of the account's cash, quote, WAD
    /// @param gained part of it that is profit of a directional position, quote, WAD
    /// @param maturity seconds; 0: nothing matures, so nothing is within reach
    function book(
        Ledger storage ledger,
        uint32 account,
        uint8 market,
        bool short,
        int256 net,
        int256 gained,
        uint256 maturity
    ) external {
        _settleMarket(ledger, account, market);
        if (net < 0) _burn(ledger, account, market, uint256(-net), maturity);
        else if (gained > 0 && maturity != 0) _add(ledger, account, market, short, uint256(gained), maturity);
        _clearFlags(ledger, account, market);
    }

    /// @notice Moves profit within reach to whoever won it off another, in the pools it is in: the lowest market's first, there as
    /// a loss would burn it. Cash is the caller's to move. Quote, WAD.
    /// @param maturity seconds; not 0
    /// @return moved at most `amount`, and what `from` has
    function hand(
        Ledger storage ledger,
        uint32 from,
        uint32 to,
        uint256 amount,
        uint256 maturity
    ) external returns (uint256 moved) {
        settleAll(ledger, from);
        uint256 present = _present(maturity);
        for (
            uint256 markets = _markets(ledger.accounts[from]);
            markets != 0 && moved != amount;
            markets &= markets - 1
        ) {
            uint8 market = uint8(LibBit.ffs(markets));
            _settleMarket(ledger, to, market);
            for (uint256 i; i < 4; ++i) {
                moved += _hand(ledger, [from, to], market, i & 1 == 1, present ^ (i >> 1), amount - moved);
            }
            _clearFlags(ledger, from, market);
            _clearFlags(ledger, to, market);
        }
    }

    /// @notice Puts profit within reach that an account has won off another's open position. Quote, WAD.
    /// @param short side of the position it was won off
    /// @param maturity seconds; not 0
    function grant(
        Ledger storage ledger,
        uint32 account,
        uint8 market,
        bool short,
        uint256 amount,
        uint256 maturity
    ) external {
        _settleMarket(ledger, account, market);
        _add(ledger, account, market, short, amount, maturity);
        _clearFlags(ledger, account, market);
    }

    /// @notice Takes what pools were charged out of an account's cash, in every market.
    function settleAll(Ledger storage ledger, uint32 account) public {
        Account storage data = ledger.accounts[account];
        for (uint256 markets = _markets(data); markets != 0; markets &= markets - 1) {
            uint8 market = uint8(LibBit.ffs(markets));
            _settleMarket(ledger, account, market);
            _clearFlags(ledger, account, market);
        }
    }

    /// @notice Burns what of an account's closed profit its cash no longer covers, in the lowest market first: profit that was lost
    /// elsewhere, or paid away by a liquidation, is not there to be charged, and a charge must find all it takes.
    /// @param nothing leaves none, as of an account whose deficit others are about to pay
    function trim(Ledger storage ledger, uint32 account, uint256 maturity, bool nothing) external {
        settleAll(ledger, account);
        Account storage data = ledger.accounts[account];
        (, uint256 excess) = standingOf(ledger, account);
        if (!nothing && data.cash > 0) excess = Math.saturatingSub(excess, uint256(int256(data.cash)));
        for (uint256 markets = _markets(data); markets != 0 && excess != 0; markets &= markets - 1) {
            uint8 market = uint8(LibBit.ffs(markets));
            excess = _burn(ledger, account, market, excess, maturity);
            _clearFlags(ledger, account, market);
        }
    }

    /// @notice What an account owes of charges, and what of its closed profit must stay since a charge may reach it. Quote, WAD.
    function standingOf(Ledger storage ledger, uint32 account) public view returns (uint256 owed, uint256 reachable) {
        Account storage data = ledger.accounts[account];
        for (uint256 markets = _markets(data); markets != 0; markets &= markets - 1) {
            uint8 market = uint8(LibBit.ffs(markets));
            for (uint256 side; side < 2; ++side) {
                if (data.closedProfit & _flag(market, side == 1) == 0) continue;
                (uint256 charged, uint256 left) = _standing(ledger, account, market, side == 1);
                owed += charged;
                reachable += left;
            }
        }
    }

    /// @notice The same of one side of one market.
    function standingIn(
        Ledger storage ledger,
        uint32 account,
        uint8 market,
        bool short
    ) external view returns (uint256 owed, uint256 reachable) {
        return _standing(ledger, account, market, short);
    }

    /// @notice The pools of a side that a charge may reach, and their profit: the present half maturity's, then the last one's.
    function pools(
        Ledger storage ledger,
        uint8 market,
        bool short,
        uint256 maturity
    ) external view returns (uint256[2] memory keys, uint256[2] memory amounts) {
        if (maturity == 0) return (keys, amounts);
        (uint256 start, uint256 span) = _half(maturity);
        for (uint256 i; i < 2 && i * span <= start; ++i) {
            uint256 root = _key(start - i * span, span, 0);
            keys[i] = root | ledger.closedPools[market][short][root].current;
            amounts[i] = ledger.closedPools[market][short][keys[i]].amount;
        }
    }

    /// @notice Charges a pool at most what it has. Everybody in it pays the same part of what is theirs.
    function charge(Ledger storage ledger, uint8 market, bool short, uint256 key, uint256 amount) external {
        mapping(uint256 => ClosedPool) storage all = ledger.closedPools[market][short];
        ClosedPool memory pool = all[key];
        uint256 left = pool.amount - amount;
        uint256 factor = (pool.factor * left) / pool.amount;
        (all[key].amount, all[key].factor) = (uint128(left), uint80(factor));
        if (factor < SMALLEST_FACTOR) all[key & ~uint256(0xff)].current = uint8(key) + 1;
        emit ClosedProfitCharged(market, short, key, amount, left, factor);
    }

    /// @dev A record out of reach is given up once it is settled; its slot stays for the next one.
    function _settleMarket(Ledger storage ledger, uint32 account, uint8 market) private {
        uint32 flags = ledger.accounts[account].closedProfit;
        uint256 owed;
        for (uint256 i; i < 4; ++i) {
            bool short = i & 1 == 1;
            if (flags & _flag(market, short) != 0) owed += _settleRecord(ledger, account, market, short, i >> 1);
        }
        if (owed == 0) return;
        ledger.accounts[account].realise(-int256(owed), 0);
        emit ClosedProfitSettled(account, market, owed);
    }

    function _settleRecord(
        Ledger storage ledger,
        uint32 account,
        uint8 market,
        bool short,
        uint256 i
    ) private returns (uint256 owed) {
        ClosedProfit storage stored = ledger.closedProfits[account][market][short][i];
        ClosedProfit memory record = stored;
        if (record.amount == 0) return 0;
        ClosedPool storage pool = ledger.closedPools[market][short][_keyOf(record)];
        uint256 left = _worth(record, pool);
        owed = record.amount - left;
        if (!_isReachable(record)) {
            pool.amount -= uint128(left);
            left = 0;
        } else if (owed == 0) {
            return 0;
        }
        (stored.amount, stored.factor) = (uint96(left), pool.factor);
        emit ClosedProfitChanged(account, market, short, _keyOf(record), left);
    }

    function _add(
        Ledger storage ledger,
        uint32 account,
        uint8 market,
        bool short,
        uint256 gained,
        uint256 maturity
    ) private {
        mapping(uint256 => ClosedPool) storage all = ledger.closedPools[market][short];
        (uint256 start, uint256 span) = _half(maturity);
        uint256 key = _key(start, span, 0);
        key |= all[key].current;
        // So many generations of one half cannot be: each ends with all of its profit charged.
        if (uint8(key) == type(uint8).max) return;
        ClosedProfit storage stored = ledger.closedProfits[account][market][short][(start / span) & 1];
        ClosedProfit memory record = stored;
        if (record.amount != 0 && _keyOf(record) != key) {
            all[_keyOf(record)].amount -= record.amount;
            record.amount = 0;
        }
        ClosedPool memory pool = all[key];
        if (pool.factor == 0) pool.factor = uint80(ONE);
        gained = FixedMath.min(gained, type(uint96).max - record.amount);
        pool.amount = (pool.amount + gained).toUint128();
        all[key] = pool;
        uint256 amount = record.amount + gained;
        ledger.closedProfits[account][market][short][(start / span) & 1] = ClosedProfit(
            uint96(amount),
            pool.factor,
            uint40(start),
            uint32(span),
            uint8(key)
        );
        ledger.accounts[account].closedProfit |= _flag(market, short);
        emit ClosedProfitChanged(account, market, short, key, amount);
    }

    /// @dev One record's part of `hand`. A receiver that has a place in another pool of that half keeps it, and nothing is moved: that
    /// is so for a half after governance has changed the maturity, and of pools charged down to a billionth.
    function _hand(
        Ledger storage ledger,
        uint32[2] memory accounts,
        uint8 market,
        bool short,
        uint256 i,
        uint256 amount
    ) private returns (uint256 moved) {
        ClosedProfit storage stored = ledger.closedProfits[accounts[0]][market][short][i];
        ClosedProfit memory record = stored;
        ClosedProfit storage received = ledger.closedProfits[accounts[1]][market][short][i];
        uint256 key = _keyOf(record);
        uint256 held = received.amount;
        if (held != 0 && _keyOf(received) != key) return 0;
        moved = FixedMath.min(FixedMath.min(record.amount, amount), type(uint96).max - held);
        if (moved == 0) return 0;
        stored.amount = record.amount - uint96(moved);
        record.amount = uint96(held + moved);
        ledger.closedProfits[accounts[1]][market][short][i] = record;
        ledger.accounts[accounts[1]].closedProfit |= _flag(market, short);
        emit ClosedProfitChanged(accounts[0], market, short, key, stored.amount);
        emit ClosedProfitChanged(accounts[1], market, short, key, record.amount);
    }

    /// @dev The present half's first, which would stay in reach for longest; of one half the longs' first.
    /// @return left what was not there to be burnt
    function _burn(
        Ledger storage ledger,
        uint32 account,
        uint8 market,
        uint256 loss,
        uint256 maturity
    ) private returns (uint256 left) {
        left = loss;
        uint256 present = maturity == 0 ? 0 : _present(maturity);
        uint32 flags = ledger.accounts[account].closedProfit;
        for (uint256 i; i < 4 && left != 0; ++i) {
            bool short = i & 1 == 1;
            if (flags & _flag(market, short) == 0) continue;
            ClosedProfit storage record = ledger.closedProfits[account][market][short][present ^ (i >> 1)];
            uint256 burned = FixedMath.min(record.amount, left);
            if (burned == 0) continue;
            uint256 key = _keyOf(record);
            record.amount -= uint96(burned);
            ledger.closedPools[market][short][key].amount -= uint128(burned);
            left -= burned;
            emit ClosedProfitChanged(account, market, short, key, record.amount);
        }
    }

    function _standing(
        Ledger storage ledger,
        uint32 account,
        uint8 market,
        bool short
    ) private view returns (uint256 owed, uint256 reachable) {
        for (uint256 i; i < 2; ++i) {
            ClosedProfit memory record = ledger.closedProfits[account][market][short][i];
            if (record.amount == 0) continue;
            uint256 left = _worth(record, ledger.closedPools[market][short][_keyOf(record)]);
            owed += record.amount - left;
            if (_isReachable(record)) reachable += left;
        }
    }

    /// @dev Takes down the flags of sides with nothing left.
    function _clearFlags(Ledger storage ledger, uint32 account, uint8 market) private {
        uint32 before = ledger.accounts[account].closedProfit;
        uint32 flags = before;
        for (uint256 side; side < 2; ++side) {
            uint32 flag = _flag(market, side == 1);
            if (flags & flag == 0) continue;
            ClosedProfit[2] storage records = ledger.closedProfits[account][market][side == 1];
            if (records[0].amount | records[1].amount == 0) flags &= ~flag;
        }
        if (flags != before) ledger.accounts[account].closedProfit = flags;
    }

    function _flag(uint8 market, bool short) private pure returns (uint32) {
        return uint32(short ? 0x10000 : 1) << market;
    }

    function _markets(Account storage account) private view returns (uint256) {
        return (account.closedProfit | (account.closedProfit >> 16)) & 0xffff;
    }

    /// @dev What is left of a record, rounded down against its holder.
    function _worth(ClosedProfit memory record, ClosedPool storage pool) private view returns (uint256) {
        uint256 factor = pool.factor;
        return factor == record.factor ? record.amount : (uint256(record.amount) * factor) / record.factor;
    }

    function _isReachable(ClosedProfit memory record) private view returns (bool) {
        return block.timestamp < uint256(record.start) + 2 * uint256(record.span);
    }

    function _half(uint256 maturity) private view returns (uint256 start, uint256 span) {
        span = FixedMath.divUp(maturity, 2);
        start = block.timestamp - (block.timestamp % span);
    }

    /// @dev Which of an account's two slots is the present half's.
    function _present(uint256 maturity) private view returns (uint256) {
        (uint256 start, uint256 span) = _half(maturity);
        return (start / span) & 1;
    }

    function _keyOf(ClosedProfit memory record) private pure returns (uint256) {
        return _key(record.start, record.span, record.generation);
    }

    function _key(uint256 start, uint256 span, uint256 generation) private pure returns (uint256) {
        return (start << 40) | (span << 8) | generation;
    }
}
