// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ClearingHouse} from "../../contracts/ClearingHouse.sol";
import {ProRata} from "../../contracts/deleveraging/ProRata.sol";
import {Module} from "../../contracts/types/Ledger.sol";
import {Fill, Trade} from "../../contracts/types/Trade.sol";
import {LedgerWorld} from "./LedgerWorld.sol";
import {Test} from "./Test.sol";

/// @title The owner of as many accounts as one can have
contract Owner {
    constructor(ClearingHouse house, uint256 count) {
        for (uint256 i; i < count; ++i) house.openAccount(uint8(i));
    }
}

/// @title Any number of short positions in the same ten tranches of a real ledger
/// @notice Every position is an account opened and traded into by the ledger's own functions: nothing is written past them. What a
/// position has gained from its first moment is its margin, so none of them needs a deposit. Account 1 holds all the longs.
contract ThrongWorld is Test {
    uint256 public constant TRANCHES = 10;
    uint256 public constant MARK = 100e18;

    /// @notice Base, WAD: what all positions of a world come to, however many there are.
    uint256 public constant TOTAL = 1_000_000e18;

    /// @dev Fills in one trade: the ledger's bitmap of rejections has 256 bits.
    uint256 private constant BATCH = 250;

    LedgerWorld public immutable world;
    ClearingHouse public immutable house;

    constructor(uint256 positions) {
        world = new LedgerWorld(1, new ProRata(), MARK);
        house = world.house();
        uint32 first = house.accountCount() + 1;
        for (uint256 left = positions; left != 0;) {
            uint256 count = left < 256 ? left : 256;
            new Owner(house, count);
            left -= count;
        }
        house.setModule(address(this), Module.BOOK);
        vm.prank(address(world));
        house.setOperator(1, address(this), true);
        uint32 last = first + uint32(positions);
        for (uint32 from = first; from < last;) {
            uint32 to = from + uint32(BATCH) < last ? from + uint32(BATCH) : last;
            _sell(from, to, uint96(TOTAL / positions));
            from = to;
        }
    }

    /// @notice Tears up half of everything at mark and charges a part of the profit.
    /// @return spent gas
    /// @return reached tranches
    function deleverage(uint256 deficit) external returns (uint256 spent, uint256 reached) {
        house.setModule(address(this), Module.ENGINE);
        spent = gasleft();
        reached = house.deleverage(1, 0, int256(TOTAL / 2), MARK, deficit, 64).tranches;
        spent -= gasleft();
    }

    /// @dev As a house deals: without an order and so without a reservation. Each sells at one of ten prices above the mark, three per cent apart: a bucket is two per cent wide; twelve
    /// per cent of profit at the least are more than initial margin.
    function _sell(uint32 from, uint32 to, uint96 size) private {
        Trade memory trade;
        (trade.taker, trade.caller, trade.buy) = (1, address(this), true);
        trade.fills = new Fill[](to - from);
        for (uint32 account = from; account < to; ++account) {
            uint256 price = 114e18;
            for (uint256 i = account % TRANCHES; i > 0; --i) price = (price * 103) / 100;
            trade.fills[account - from] = Fill(account, 0, false, uint128(price), size, 0);
        }
        vm.assertEq(house.settle(trade), 0, "nobody is rejected");
    }
}
