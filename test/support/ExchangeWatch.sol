// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ClearingHouse} from "../../contracts/ClearingHouse.sol";
import {IClearingHouse} from "../../contracts/interfaces/IClearingHouse.sol";
import {BreakEvenBucket} from "../../contracts/libraries/BreakEvenBucket.sol";
import {FixedMath, RAY} from "../../contracts/libraries/FixedMath.sol";
import {ParameterRange} from "../../contracts/libraries/ParameterRange.sol";
import {ParameterLints} from "../../contracts/logic/ParameterLints.sol";
import {Account, Reservation} from "../../contracts/types/Account.sol";
import {Validity} from "../../contracts/types/Price.sol";
import {Tranche} from "../../contracts/types/Tranche.sol";
import {ExchangeWorld} from "./ExchangeWorld.sol";
import {Properties} from "./Properties.sol";
import {Test} from "./Test.sol";

/// @title What must not happen in a call, whatever the call is
/// @notice Handlers put every call between two looks at all accounts; what a look remembers is compared here.
abstract contract ExchangeWatch is Test {
    /// @notice An account as one look finds it. Quote and base, WAD; spot is left out.
    /// @param reachable realised in each market, and still within a charge's reach
    /// @param quiet it has no order, so nothing but deleveraging can change its positions
    struct Sight {
        int256 cash;
        int256 equity;
        int256[2] size;
        int256[2] profit;
        int256[2] reachable;
        bool quiet;
        bool hedged;
    }

    /// @dev An account without a position or an order before a call, and its cash.
    struct Resting {
        uint32 account;
        int112 cash;
    }

    /// @dev What a lint refuses with, in all contracts that lint.
    bytes4 internal constant UNSAFE = ParameterLints.UnsafeParameter.selector;
    bytes4 internal constant OUT_OF_RANGE = ParameterRange.ParameterOutOfRange.selector;

    ExchangeWorld public immutable world;
    ClearingHouse internal immutable house;

    /// @notice Absolute funding a base unit of each market has seen, quote, WAD, and times anything was touched.
    uint256[2] public funded;
    uint256 public touched;

    /// @notice Calls that were paid at a loss: what they are paid is rounded down to a unit of the token, of which a smaller loss on
    /// record takes no more than itself, and the ledger keeps the rest.
    uint256 public paidAtLoss;

    /// @notice How often each of a handler's functions has achieved something.
    mapping(bytes4 handler => uint256) public done;

    Resting[] private _resting;
    int256[2] private _paid;
    uint256 private _loss;
    uint256 private _tokens;

    constructor(ExchangeWorld world_) {
        world = world_;
        house = world_.house();
    }

    /// @dev Beside the accounts named, and those of the exchange whose money is there to be lost, nobody without a position and
    /// without an order may lose by a call (P4).
    modifier watched(uint32 one, uint32 two) {
        _begin();
        _;
        _end(one, two);
    }

    // ---- looking -----------------------------------------------------------------------------------------------------

    function look(uint32 account) public view returns (Sight memory sight) {
        sight.cash = house.health(account).cash;
        sight.equity = sight.cash;
        sight.quiet = true;
        for (uint8 market; market < 2; ++market) {
            IClearingHouse.PositionView memory held = house.positionOf(account, market);
            Reservation memory orders = house.reservation(account, market);
            if (orders.bids | orders.asks != 0) sight.quiet = false;
            sight.reachable[market] = _reachable(account, market);
            if (held.size == 0) continue;
            sight.size[market] = held.size;
            int256 mark = int256(world.marks().peek(market).mark);
            sight.profit[market] = FixedMath.signedWadDown(held.size, mark) + held.quote;
            sight.equity += sight.profit[market];
            if (market == 0 && BreakEvenBucket.isHedged(held.key)) sight.hedged = true;
        }
    }

    function lookAtAll() internal view returns (Sight[] memory sights) {
        sights = new Sight[](world.accountsOpen());
        for (uint256 i; i < sights.length; ++i) sights[i] = look(world.accounts(i));
    }

    /// @dev Whether a tranche is in profit at mark, as the ledger means it: every member its bucket may hold.
    function profitRemains(bool short, bool hedged) internal view returns (bool remains) {
        (, remains) = _chargeable(short, hedged);
    }

    /// @dev What a side of market 0 may still be charged, quote, WAD: tranches as far as the ledger may, and closed profit within reach.
    function chargeableLeft(bool short) internal view returns (uint256 left) {
        (left, ) = _chargeable(short, true);
        (, uint256[2] memory amounts) = house.closedPools(0, short);
        left += amounts[0] + amounts[1];
    }

    /// @dev Whether the policy in force puts hedges last, which is what P9 is about.
    function hedgesComeLast() internal view returns (bool) {
        return house.marketConfig(0).policy.priority(1e18, 0, true) & 8 != 0;
    }

    function _chargeable(bool short, bool hedged) private view returns (uint256 left, bool remains) {
        uint16[] memory keys = house.trancheKeys(0, short, 0, 64);
        uint256 mark = world.marks().peek(0).mark;
        for (uint256 i; i < keys.length; ++i) {
            if (!hedged && BreakEvenBucket.isHedged(keys[i])) continue;
            uint256 edge = BreakEvenBucket.leastProfitableEdge(keys[i]);
            Tranche memory root = house.tranche(0, keys[i], 0);
            for (uint256 generation = root.oldest; generation <= root.current; ++generation) {
                Tranche memory tranche = house.tranche(0, keys[i], uint16(generation));
                uint256 chargeable = (tranche.chargeablePerShare(short, mark, edge) * tranche.shares) / RAY;
                left += chargeable;
                if (tranche.size(short) >= 1_000 && chargeable != 0) remains = true;
            }
        }
    }

    /// @dev The worst price among the markets the account has a position in.
    function worstOf(uint32 account) internal view returns (Validity worst) {
        for (uint8 market; market < 2; ++market) {
            if (house.positionOf(account, market).size == 0) continue;
            Validity validity = validityOf(market);
            if (validity > worst) worst = validity;
        }
    }

    function validityOf(uint8 market) internal view returns (Validity) {
        return world.marks().peek(market).validity;
    }

    // ---- before and after --------------------------------------------------------------------------------------------

    function _begin() private {
        _loss = house.socialisedLoss();
        _tokens = world.quote().balanceOf(address(house));
        world.lookAtMarks();
        for (uint8 market; market < 2; ++market) _paid[market] = _fundingPaid(market);
        delete _resting;
        for (uint256 i; i <= world.accountsOpen(); ++i) {
            uint32 account = _accountAt(i);
            Account memory data = house.accountData(account);
            if (data.openMarkets != 0) continue;
            _resting.push(Resting(account, data.cash - int112(_reachable(account, 0) + _reachable(account, 1))));
        }
    }

    function _end(uint32 one, uint32 two) private {
        for (uint256 i; i < _resting.length; ++i) {
            uint32 account = _resting[i].account;
            if (account == one || account == two) continue;
            vm.assertGe(int256(house.accountData(account).cash), int256(_resting[i].cash), Properties.P4);
        }
        ++touched;
        if (_loss != 0 && world.quote().balanceOf(address(house)) < _tokens) ++paidAtLoss;
        for (uint8 market; market < 2; ++market) {
            funded[market] += FixedMath.abs(_fundingPaid(market) - _paid[market]);
        }
    }

    /// @dev Closed profit that a charge may still reach.
    function _reachable(uint32 account, uint8 market) private view returns (int256) {
        (, uint256 long) = house.closedProfit(account, market, false);
        (, uint256 short) = house.closedProfit(account, market, true);
        return int256(long + short);
    }

    // ---- small things ------------------------------------------------------------------------------------------------

    function _done() internal {
        ++done[msg.sig];
    }

    /// @dev One of several numbers that a seed stands for, within [low, high].
    function draw(uint256 seed, uint256 place, uint256 low, uint256 high) internal pure returns (uint256) {
        return low + (uint256(keccak256(abi.encode(seed, place))) % (high - low + 1));
    }

    /// @dev Governance itself may not do this: the call must fail, and for this reason.
    function requireRefused(address target, bytes memory call, bytes4 reason) internal {
        (bool success, bytes memory refusal) = target.call(call);
        vm.assertTrue(!success, "what is unsafe was taken");
        vm.assertEq(bytes32(bytes4(refusal)), bytes32(reason), "refused for another reason");
    }

    /// @dev The account at a place of the list; the treasury comes after it.
    function _accountAt(uint256 i) private view returns (uint32) {
        return i == world.accountsOpen() ? world.treasury() : world.accounts(i);
    }

    function _fundingPaid(uint8 market) private view returns (int256) {
        return house.marketState(market).fundingIndex / 1e9;
    }
}
