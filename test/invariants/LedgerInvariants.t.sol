// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ProRata} from "../../contracts/deleveraging/ProRata.sol";
import {Tranche} from "../../contracts/types/Tranche.sol";
import {LedgerHandler} from "../support/LedgerHandler.sol";
import {LedgerWorld} from "../support/LedgerWorld.sol";
import {Properties} from "../support/Properties.sol";
import {Test} from "../support/Test.sol";

/// @title What holds after any sequence of calls by anyone
contract LedgerInvariantsTest is Test {
    uint8 internal constant TRADERS = 5;

    LedgerWorld private _world;
    LedgerHandler private _handler;

    function setUp() external {
        _world = new LedgerWorld(TRADERS, new ProRata(), 100e18);
        _handler = new LedgerHandler(_world);
        targetContract(address(_handler));
    }

    /// forge-config: default.invariant.runs = 12
    /// forge-config: default.invariant.depth = 64
    function invariant_TheBooksBalance() external view {
        LedgerWorld.Books memory books = _world.books();
        uint256 touched = 2 * (_handler.touched() + 1);
        int256 fundingDust = int256((_handler.funded() * touched) / 1e18);
        vm.assertGe(books.surplus, -fundingDust, Properties.P3);
        // Socialised by nobody yet, what insolvent accounts owe is not covered by tokens; all else is.
        vm.assertGe(books.tokens + books.debts, books.claims + books.fees - books.loss - fundingDust, Properties.P1);
        // Stranded wei of base are worth 300 at most, sizes are below 1e27, and every rounding strands a few.
        vm.assertLe(books.surplus, int256(touched * 4e9) + fundingDust, Properties.P3);
        vm.assertApproxEqAbs(books.long, books.short, touched * 1e3, Properties.P2);
        vm.assertApproxEqAbs(books.long, books.longInterest, touched * 1e3, Properties.P2);
        vm.assertApproxEqAbs(books.short, books.shortInterest, touched * 1e3, Properties.P2);
        vm.assertEq(_handler.bystandersHurt(), 0, Properties.P4);
        _checkWithdrawals(books);
        _checkIndex(false);
        _checkIndex(true);
    }

    /// @dev All that ever came in is still there or was paid out, and no account could take what has not matured.
    function _checkWithdrawals(LedgerWorld.Books memory books) private view {
        vm.assertEq(books.tokens, int256(_world.deposited() - _world.withdrawn()), Properties.P1);
        for (uint32 account = 1; account <= TRADERS; ++account) {
            int256 matured =
                int256(_world.house().accountData(account).cash) - int256(_world.house().maturing(account));
            int256 free = int256(_world.house().withdrawable(account));
            vm.assertLe(free, matured > 0 ? matured : int256(0), Properties.P11);
        }
    }

    /// @dev The index names a tranche exactly while one of its live generations has members, and their shares add up.
    function _checkIndex(bool short) private view {
        uint16[] memory keys = _world.keys(short);
        for (uint256 i; i < keys.length; ++i) {
            Tranche memory root = _world.tranche(keys[i], 0);
            uint256 shares;
            for (uint256 generation = root.oldest; generation <= root.current; ++generation) {
                shares += _world.tranche(keys[i], uint16(generation)).shares;
            }
            vm.assertGt(shares, 0, "the index holds no empty tranche");
        }
        for (uint32 account = 1; account <= _world.treasury(); ++account) {
            int256 size = _world.sizeOf(account);
            if (size == 0 || (size < 0) != short) continue;
            uint16 key = _world.positionOf(account).key;
            bool found;
            for (uint256 i; i < keys.length; ++i) found = found || keys[i] == key;
            vm.assertTrue(found, "every position's tranche is in the index");
        }
    }
}
